// Posting from the desk without JavaScript: preview, sound, publication, update, end, schedule, withdrawal, keyboard.
import { writeFileSync } from "node:fs";
import { journey } from "./desk.mjs";

const TEXT = "La torche du site est allumée depuis 14h10. Une fumée noire est visible de loin. Prochain point vers 16h.";

await journey(async ({ input, context, say }) => {
  const plain = await context({ javaScriptEnabled: false });
  const page = await plain.newPage();
  const id = () => new URL(page.url()).pathname.split("/").pop();

  // The timed walk: what a hand does from the first page of the desk to the published bulletin.
  await page.goto(`${input.base}/admin`);
  const started = Date.now();
  let actions = 0;
  const act = async (what) => { actions += 1; await what; };
  await act(page.getByRole("navigation").getByRole("link", { name: "Publier" }).click());
  await act(page.getByRole("link", { name: "Torche", exact: true }).click());
  await act(page.getByLabel("Texte lu au téléphone").fill(TEXT));
  await act(page.getByRole("button", { name: "Voir et écouter l’aperçu" }).click());
  const sound = page.locator("audio").first();
  const heard = await plain.request.get(new URL(await sound.getAttribute("src"), input.base).href);
  writeFileSync(input.wav, await heard.body());
  say("spoken", await page.locator(".spoken").textContent());
  await act(page.getByRole("button", { name: "Publier", exact: true }).click());
  await page.getByText("C’est publié.").waitFor();
  say("walk", { actions, ms: Date.now() - started });
  say("posted", id());

  // What the line plays of it.
  const address = `${input.base}/api/v1/bulletins/${id()}/recording`;
  let octets;
  do octets = await plain.request.get(address, { headers: { authorization: `Bearer ${input.token}` } });
  while (!octets.ok() && Date.now() - started < 60000);
  writeFileSync(input.octets, await octets.body());

  // Under control, then over.
  await page.getByRole("link", { name: "Mettre à jour, ou dire que c’est maîtrisé" }).click();
  await page.getByLabel("Texte lu").fill("La flamme baisse, la situation est maîtrisée depuis 15h.");
  await page.getByText("Il est maîtrisé").click();
  await page.getByRole("button", { name: "Voir et écouter" }).click();
  await page.getByRole("button", { name: "Publier", exact: true }).click();
  say("updated", await page.locator(".card .state").textContent());
  await page.getByRole("link", { name: "Rectifier" }).click();
  await page.getByLabel("Texte lu").fill("Rectificatif : la situation est maîtrisée depuis 14h50.");
  await page.getByRole("button", { name: "Voir et écouter" }).click();
  await page.getByRole("button", { name: "Publier", exact: true }).click();
  await page.getByRole("link", { name: "Terminer" }).click();
  await page.getByRole("button", { name: "Voir et écouter" }).click();
  await page.getByRole("button", { name: "Publier", exact: true }).click();
  say("ended", await page.locator(".card .state").textContent());

  // An emergency, with nothing but a keyboard.
  await page.goto(`${input.base}/admin`);
  const reach = async (selector) => {
    for (let tries = 0; tries < 90; tries += 1) {
      await page.keyboard.press("Tab");
      if (await page.locator(`${selector}:focus`).count()) return;
    }
    throw new Error(`the keyboard does not reach ${selector}`);
  };
  await reach('a[href="/admin/post"]');
  await page.keyboard.press("Enter");
  await page.waitForURL("**/admin/post");
  await reach('[name=events][value=smoke]');
  await page.keyboard.press("Space");
  await reach("#text");
  await page.keyboard.type("Fumée noire au-dessus du site depuis 14h30.");
  await reach("[name=emergency]");
  await page.keyboard.press("Space");
  await reach("button.danger");
  await page.keyboard.press("Enter");
  await page.getByText("C’est publié.").waitFor();
  say("keyboard", id());

  // Withdrawn, undone, with the keyboard as well.
  await reach('a[href$="/withdraw"]');
  await page.keyboard.press("Enter");
  await page.waitForURL("**/withdraw");
  await reach("button.danger");
  await page.keyboard.press("Enter");
  await page.getByText("Retiré de la ligne").waitFor();
  say("withdrawn", await page.locator(".card .state").textContent());
  await page.getByRole("button", { name: "Annuler le retrait" }).click();
  await page.getByText("Le retrait est annulé.").waitFor();
  say("restored", await page.locator(".card .state").textContent());

  // For later.
  await page.goto(`${input.base}/admin/post`);
  await page.getByText("exercice", { exact: true }).first().click();
  await page.getByLabel("Texte lu").fill("Exercice : la sirène du site sonnera.");
  await page.getByText("Heures, durée, langue").click();
  await page.getByLabel("Publier plus tard").fill(input.later);
  await page.getByRole("button", { name: "Voir et écouter" }).click();
  await page.getByRole("button", { name: "Programmer" }).click();
  say("scheduled", await page.getByRole("status").first().textContent());
});
