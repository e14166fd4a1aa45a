// The guide of operators, step by step, with a picture of each page that it shows, and every word that was to be seen.
// input: url, link: of an invitation, password, manager: the secret of a login.

import { shot, totp, walk } from "./rig.mjs";

const TEXT = "La torche du site est allumée depuis 14h10. Une fumée noire est visible de loin. Prochain point vers 16h.";

walk(async ({ input, open }) => {
  const words = [];
  const page = await open({ width: 760 });
  const look = async (name, at = page) => {
    words.push(await at.locator("body").innerText());
    if (name) await shot(at, `guide-${name}`);
  };
  const button = (name) => page.getByRole("button", { name, exact: true }).click();

  // 1. The first sign-in.
  await page.goto(input.link);
  await look();
  await page.getByLabel("Choisissez un mot de passe").fill(input.password);
  await page.getByLabel("Écrivez-le une seconde fois").fill(input.password);
  await button("Continuer");
  const secret = await page.locator("#secret").textContent();
  await look("authenticator");
  await page.getByLabel("Écrivez le code à six chiffres").fill(totp(secret));
  await button("Se connecter");
  await page.locator(".codes code").first().waitFor();
  await look();
  await button("Je les ai gardés");
  await page.getByRole("heading", { level: 1, name: "Bonjour" }).waitFor();
  await look("home");

  // 2. From an event to what callers hear.
  await page.getByRole("navigation").getByRole("link", { name: "Publier", exact: true }).click();
  await look("post");
  await page.getByRole("link", { name: "Torche", exact: true }).click();
  await page.getByLabel("Texte lu au téléphone").fill(TEXT);
  await look();
  await button("Voir et écouter l’aperçu");
  await look("preview");
  await button("Publier");
  await page.getByText("C’est publié.").waitFor();
  await look("standing");

  // 3. What comes after.
  await page.getByRole("link", { name: "Mettre à jour, ou dire que c’est maîtrisé" }).click();
  await look();
  await page.getByLabel("Texte lu").fill("La flamme baisse, la situation est maîtrisée depuis 15h.");
  await page.getByText("Il est maîtrisé").click();
  await button("Voir et écouter l’aperçu");
  await button("Publier");
  await page.getByText("C’est publié.").waitFor();
  await look();

  // 4. Taken back, within a minute.
  await page.getByRole("link", { name: "Retirer" }).click();
  await look();
  await button("Retirer");
  await page.getByText("Retiré de la ligne").waitFor();
  await look();
  await button("Annuler le retrait");
  await page.getByText("Le retrait est annulé.").waitFor();

  // 5. The other pages.
  for (const [place, name] of [["bulletins", "bulletins"], ["tokens"], ["account"], ["alerts"], ["numbers"]]) {
    await page.goto(`/admin/${place}`);
    await look(name);
  }
  const manager = await open({ width: 760, cookie: input.manager });
  for (const [place, name] of [["territories/rouen_metropole", "territory"], ["numbers", "numbers"], ["audit"], ["tokens", "tokens"]]) {
    await manager.goto(`/admin/${place}`);
    await look(name, manager);
  }
  return { words: words.join("\n") };
});
