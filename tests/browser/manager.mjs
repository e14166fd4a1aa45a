// A manager looks after a territory: sites, numbers, what the line says, the lexicon.
// input: url, cookies: one login for each visit, text: of a bulletin that is live.
// Told: what was decided, so that the telephone can be asked.

import { check, follow, inspect, press, walk, write } from "./rig.mjs";

const VISITS = [
  { width: 1280, script: true, name: "Xylorga", say: "Silorgât" },
  { width: 320, script: true, name: "Zéphira", say: "Zéfira" },
  { width: 320, script: false, name: "Borévia", say: "Boréviha" },
];

walk(async ({ input, open }) => {
  for (const [number, visit] of VISITS.entries()) {
    await manage(await open({ ...visit, cookie: input.cookies[number] }), visit);
  }
  return { visits: VISITS.length, entries: VISITS.map(({ name, say }) => [name, say]) };
});

async function manage(page, { name, say }) {
  await page.goto("/admin");
  await follow(page, "Territoires");
  await inspect(page, "territories");
  await follow(page, "Rouen Métropole");
  await inspect(page, "territory");

  await follow(page, "Sites");
  await inspect(page, "territory-sites");
  check((await page.locator("audio").count()) >= 3, "each site's name can be heard");
  await follow(page, /^Modifier Engrais de la Boucle/);
  await inspect(page, "territory-site");
  await write(page, "Nom parlé", `les Engrais de ${name}`);
  await press(page, "Écouter le nom avant");
  await heard(page);
  await inspect(page, "territory-site-listen");
  await press(page, /^Enregistrer$/);
  await page.getByRole("status").getByText("C’est enregistré").waitFor();

  await follow(page, "Nom et numéros");
  await write(page, "Numéros appelés", "0805");
  await press(page, /^Enregistrer$/);
  await page.getByRole("link", { name: "Numéros appelés" }).waitFor();
  await inspect(page, "territory-numbers-refused");

  await follow(page, "Ce que dit la ligne");
  await inspect(page, "territory-line");
  await write(page, "Phrase de crise", "Restez chez vous et écoutez la radio.");
  await press(page, /^Enregistrer$/);
  await page.getByText("C’est enregistré").waitFor();
  await follow(page, "Rouen Métropole");
  await page.getByText("Restez chez vous et écoutez la radio.").waitFor();
  await follow(page, "Ce que dit la ligne");
  await write(page, "Phrase de crise", "");
  await press(page, /^Enregistrer$/);
  await page.getByText("C’est enregistré").waitFor();
  await follow(page, /^Modifier Phrase de fin, en français/);
  await inspect(page, "territory-words");

  await follow(page, "Lexique");
  await write(page, "Écrit", name);
  await write(page, "Se dit", say);
  await press(page, "Écouter avant d’ajouter");
  await heard(page);
  await press(page, "Ajouter au lexique");
  await page.getByText(say).waitFor();
  await inspect(page, "territory-lexicon");
  await follow(page, `Modifier ${name}`);
  await inspect(page, "territory-lexicon-entry");

  await follow(page, "Personnes");
  await inspect(page, "territory-people");
}

/** The sound that is offered before saving is there, and is sound. */
async function heard(page) {
  const address = await page.getByRole("status").locator("audio").getAttribute("src");
  const answer = await page.request.get(address);
  check(answer.headers()["content-type"] === "audio/wav", `${address} is no sound`);
  check((await answer.body()).length > 8000, `${address} is shorter than half a second`);
}
