// Posting from the desk without JavaScript: the timed walk, update, correction, end, withdrawal and undo, an hour to come.
// input: url, cookie, token, wav and octets: where to leave what was heard, later: an hour of the form.

import { writeFileSync } from "node:fs";
import { check, inspect, walk } from "./rig.mjs";

const TEXT = "La torche du site est allumée depuis 14h10. Une fumée noire est visible de loin. Prochain point vers 16h.";

walk(async ({ input, open }) => {
  const page = await open({ width: 320, script: false, cookie: input.cookie });
  const found = {};
  const id = () => new URL(page.url()).pathname.split("/").pop();
  const state = () => page.locator(".card .state").textContent();
  const publish = async () => {
    await page.getByRole("button", { name: "Voir et écouter" }).click();
    await page.getByRole("button", { name: "Publier", exact: true }).click();
    await page.getByText("C’est publié.").waitFor();
  };

  // The timed walk: what a hand does from the first page of the desk to the published bulletin.
  await page.goto("/admin");
  const started = Date.now();
  let actions = 0;
  const act = async (what) => { actions += 1; await what; };
  await act(page.getByRole("navigation").getByRole("link", { name: "Publier" }).click());
  await act(page.getByRole("link", { name: "Torche", exact: true }).click());
  await act(page.getByLabel("Texte lu au téléphone").fill(TEXT));
  await act(page.getByRole("button", { name: "Voir et écouter l’aperçu" }).click());
  const sound = page.locator("audio").first();
  const heard = await page.context().request.get(new URL(await sound.getAttribute("src"), input.url).href);
  writeFileSync(input.wav, await heard.body());
  found.spoken = await page.locator(".spoken").textContent();
  await inspect(page, "posting-preview");
  await act(page.getByRole("button", { name: "Publier", exact: true }).click());
  await page.getByText("C’est publié.").waitFor();
  found.walk = { actions, ms: Date.now() - started };
  found.posted = id();

  // What the line plays of it.
  const address = `${input.url}/api/v1/bulletins/${id()}/recording`;
  const headers = { authorization: `Bearer ${input.token}` };
  let octets;
  do octets = await page.context().request.get(address, { headers });
  while (!octets.ok() && Date.now() - started < 30_000);
  writeFileSync(input.octets, await octets.body());

  // Under control, set right, over.
  await page.getByRole("link", { name: "Mettre à jour, ou dire que c’est maîtrisé" }).click();
  await page.getByLabel("Texte lu").fill("La flamme baisse, la situation est maîtrisée depuis 15h.");
  await page.getByText("Il est maîtrisé").click();
  await publish();
  check((await state()) === "maîtrisé", "an update says that all is under control");
  await page.getByRole("link", { name: "Rectifier" }).click();
  await page.getByLabel("Texte lu").fill("La situation est maîtrisée depuis 14h50.");
  await publish();
  await page.getByRole("link", { name: "Terminer" }).click();
  await publish();
  check((await state()) === "terminé", "an end says that it is over");

  // Posted by mistake, withdrawn, and put back.
  await page.goto("/admin/post");
  await page.getByText("fumée", { exact: true }).click();
  await page.getByLabel("Texte lu").fill("Fumée noire au-dessus du site depuis 14h30.");
  await page.getByText("C’est une urgence").click();
  await page.getByRole("button", { name: "Publier tout de suite" }).click();
  await page.getByText("C’est publié.").waitFor();
  await page.getByRole("link", { name: "Retirer" }).click();
  await page.getByRole("button", { name: "Retirer" }).click();
  await page.getByText("Retiré de la ligne").waitFor();
  check((await state()) === "annulé", "it is withdrawn");
  await page.getByRole("button", { name: "Annuler le retrait" }).click();
  await page.getByText("Le retrait est annulé.").waitFor();
  check((await state()) === "en cours", "it is back");
  found.restored = id();

  // For later.
  await page.goto("/admin/post");
  await page.getByText("exercice", { exact: true }).first().click();
  await page.getByLabel("Texte lu").fill("Exercice : la sirène du site sonnera.");
  await page.getByText("Heures, durée, langue").click();
  await page.getByLabel("Publier plus tard").fill(input.later);
  await page.getByRole("button", { name: "Voir et écouter" }).click();
  await page.getByRole("button", { name: "Programmer" }).click();
  await page.getByText("sera publié à son heure").waitFor();
  await inspect(page, "posting-bulletins");
  return found;
});
