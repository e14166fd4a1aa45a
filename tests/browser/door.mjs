// First sign-in by invitation with an authenticator, out, and in again with a recovery code.
// input: url, invitations: one address for each visit, password.

import { axe, check, follow, inspect, press, reach, shot, totp, walk, write } from "./rig.mjs";

const VISITS = [
  { width: 320, script: true },
  { width: 1280, script: true },
  { width: 320, script: false },
];

walk(async ({ input, open }) => {
  const visits = VISITS.map(async (wishes, visit) => firstSignIn(await open(wishes), input.invitations[visit], input));
  await Promise.all(visits);
  return { visits: VISITS.length };
});

/** Five minutes before the end there is a warning; to stay takes one key, and nothing that was typed is lost. */
async function stayWithoutLosing(page) {
  await page.clock.install();
  await page.goto("/admin/account");
  await page.getByLabel("Langue", { exact: true }).selectOption("en");
  await page.clock.fastForward("23:30");
  check((await page.getByRole("alert").textContent()).trim() === "", "no warning before its time");
  await page.clock.fastForward("01:35");
  await page.getByRole("alert").getByText("se ferme dans cinq minutes").waitFor();
  await shot(page, "desk-login-warning");
  await axe(page);
  await reach(page, page.getByRole("button", { name: "Rester connecté" }));
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Vous restez connecté").waitFor();
  check((await page.getByLabel("Langue", { exact: true }).inputValue()) === "en", "what was chosen is still there");
  await page.clock.fastForward("29:00");
  await page.clock.fastForward("02:00");
  await page.getByRole("alert").getByText("Votre connexion est terminée").waitFor();
  await page.clock.resume();
}

async function firstSignIn(page, { link, email }, { password }) {
  await page.goto(link);
  await inspect(page, "door-invitation");
  await write(page, "Choisissez un mot de passe", "motdepasse2026");
  await write(page, "Écrivez-le une seconde fois", "motdepasse2026");
  await press(page, "Continuer");
  await page.getByText("de ceux que l’on essaie en premier").waitFor();
  await inspect(page, "door-invitation-refused");
  await write(page, "Choisissez un mot de passe", password);
  await write(page, "Écrivez-le une seconde fois", password);
  await press(page, "Continuer");

  const secret = await page.locator("#secret").textContent();
  await inspect(page, "door-authenticator");
  await write(page, "Écrivez le code à six chiffres que l’application affiche", totp(secret));
  await press(page, "Se connecter");

  const codes = await page.locator(".codes code").allTextContents();
  check(codes.length === 10, `there are ten recovery codes, not ${codes.length}`);
  await inspect(page, "door-recovery-codes");
  await press(page, "Je les ai gardés");

  await page.getByRole("heading", { level: 1, name: "Bonjour" }).waitFor();
  await inspect(page, "desk-home");
  await follow(page, "Mon compte");
  await page.getByText("(celle-ci)").waitFor();
  await inspect(page, "desk-account");
  if (page.script) await stayWithoutLosing(page);
  await page.goto("/admin/account/recovery-codes");
  check((await page.locator(".codes code").count()) === 0, "recovery codes are shown once");
  await inspect(page, "desk-recovery-codes-gone");
  await press(page, "Se déconnecter");

  await page.goto("/admin/account");
  await inspect(page, "door-sign-in");
  await write(page, "Adresse électronique", email);
  await write(page, "Mot de passe", "girafe violon soleil");
  await press(page, "Continuer");
  await page.getByText("ne vont pas ensemble").waitFor();
  await inspect(page, "door-sign-in-refused");
  await write(page, "Mot de passe", password);
  await press(page, "Continuer");
  await page.getByRole("heading", { name: "Code de connexion" }).waitFor();
  await inspect(page, "door-code");
  await write(page, "Code à six chiffres", codes[3]);
  await press(page, "Se connecter");
  await page.getByRole("heading", { level: 1, name: "Mon compte" }).waitFor();
  await page.getByText(/Il vous en reste\s*: 9/).waitFor();
  check((await page.goto(link)).status() === 404, "the invitation works once");
  await inspect(page, "door-link-used");
}
