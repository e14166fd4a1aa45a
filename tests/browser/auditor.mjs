// An auditor reads numbers, acts and the file of an event; an administrator sees an alert.
// input: url, auditor, administrator: cookies, bulletin: its id, text: its words, calls: of today.

import { check, follow, inspect, press, walk, write } from "./rig.mjs";

const VISITS = [
  { width: 320, script: true },
  { width: 1280, script: true },
  { width: 320, script: false },
];

walk(async ({ input, open }) => {
  for (const wishes of VISITS) {
    await reads(await open({ ...wishes, cookie: input.auditor }), input);
    const seen = wishes.width === 320;
    await sees(await open({ ...wishes, cookie: input.administrator }), seen);
  }
  return { visits: VISITS.length };
});

async function reads(page, { bulletin, text, calls }) {
  await page.goto("/admin");
  await changesNothing(page);
  await follow(page, "Chiffres");
  await page.getByText(`: ${calls}.`).first().waitFor();
  check((await page.locator("svg.plot").count()) >= 4, "the plots are drawn");
  check((await page.locator("svg.plot line.mark").count()) >= 1, "the bulletins are marked on the curve");
  const plots = await page.locator("section:has(svg.plot)").count();
  check((await page.locator("section:has(svg.plot):has(table)").count()) === plots, "a table stands beside each plot");
  await changesNothing(page);
  await inspect(page, "desk-numbers");
  await press(page, "Afficher");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /en CSV/ }).first().press("Enter")]);
  check(file.suggestedFilename().endsWith("-quarters.csv"), file.suggestedFilename());

  await follow(page, "Journal des actes");
  await write(page, "Objet (par exemple bulletin/abcdefghijkl)", `bulletin/${bulletin}`);
  await press(page, "Chercher");
  await page.getByRole("heading", { name: "bulletin publié" }).waitFor();
  check((await page.locator(".acts > li").count()) === 1, "the one act of this bulletin is found");
  await changesNothing(page);
  await inspect(page, "desk-acts-found");

  await page.goto(`/admin/bulletins/${bulletin}/file`);
  await page.getByText("Il n’est pas cette déclaration").waitFor();
  await changesNothing(page);
  await inspect(page, "desk-event-file");
  await page.emulateMedia({ media: "print" });
  check(await page.getByText(text).first().isVisible(), "what was posted is printed");
  check(!(await page.getByRole("button", { name: "Se déconnecter" }).isVisible()), "no button is printed");
  if (page.script) check((await page.pdf()).length > 5_000, "the browser makes a PDF of it");
  await page.emulateMedia({ media: "screen" });

  await page.goto("/admin");
  await follow(page, "Alertes");
  await changesNothing(page);
}

/** Signing out is all that an auditor can send. */
async function changesNothing(page) {
  const forms = await page.locator("form[method=post]:not([action='/admin/sign-out'])").count();
  check(forms === 0, `there is nothing to send at ${page.url()}`);
}

async function sees(page, presses) {
  await page.goto("/admin/account");
  const alerts = page.getByRole("complementary", { name: "Alertes" });
  const before = await alerts.locator("strong").count();
  check(before >= 1, "an alert stands on every page");
  await inspect(page, "desk-alert");
  await follow(page, "Voir les alertes");
  await inspect(page, "desk-alerts");
  if (!presses) return;
  await press(page, /J’ai vu/);
  await page.getByText("Vue par").first().waitFor();
  check((await alerts.locator("strong").count()) === before - 1, "what was seen is gone from the pages");
}
