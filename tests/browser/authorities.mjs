// A manager looks at the lists of authorities and changes a contact; somebody at an authority acknowledges by the link.
// input: url, manager: a cookie, bulletin: its id, link: the path of a link that nobody has used.

import { check, inspect, press, walk } from "./rig.mjs";

// At 1280 px every page of the desk is looked at by every_page.mjs.
const VISITS = [
  { width: 320, script: true },
  { width: 320, script: false },
];

walk(async ({ input, open }) => {
  for (const wishes of VISITS) {
    await manages(await open({ ...wishes, cookie: input.manager }), input);
  }
  await acknowledges(await open({ width: 1280 }), await open({ width: 320, script: false }), await open({ width: 320 }), input);
  return { visits: VISITS.length };
});

async function manages(page, { bulletin }) {
  await page.goto("/admin/territories/rouen_metropole/contacts");
  await page.getByRole("heading", { name: "Autorités à prévenir" }).waitFor();
  await inspect(page, "authorities");
  await page.getByRole("link", { name: "Modifier CODIS 76" }).press("Enter");
  await page.getByRole("heading", { name: "CODIS 76", exact: true }).waitFor();
  await page.getByLabel("Téléphone").fill("02 35 00 12 35");
  await press(page, "Enregistrer");
  await page.getByText("C’est enregistré.").waitFor();
  await inspect(page, "authority");
  await page.goto("/admin/territories/rouen_metropole/contacts/lists/town_hall");
  await inspect(page, "authority-list");
  await page.goto(`/admin/bulletins/${bulletin}`);
  await page.getByText("CODIS 76 : en cours").waitFor();
  await inspect(page, "authority-standing");
}

/** On a wide page without acknowledging, then on a telephone without scripts, then read again. */
async function acknowledges(wide, plain, again, { link }) {
  await wide.goto(link);
  await wide.getByRole("button", { name: "J’ai lu ce message" }).waitFor();
  await inspect(wide, "acknowledge");
  await plain.goto(link);
  await inspect(plain, "acknowledge");
  await plain.getByLabel("Votre nom ou votre fonction (facultatif)").fill("capitaine Leroy");
  await press(plain, "J’ai lu ce message");
  await plain.getByText("Accusé de réception enregistré").first().waitFor();
  await again.goto(link);
  check((await again.getByRole("button").count()) === 0, "there is nothing left to press");
  await inspect(again, "acknowledged");
}
