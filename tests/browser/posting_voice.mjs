// Posting with a voice recorded in the browser, with keys alone, with a lost connection and an impatient hand; and every
// page of posting at both widths.
// input: url, cookie, microphone: a WAV file, bulletin: one that is there already.

import { check, follow, inspect, press, reach, walk } from "./rig.mjs";

walk(async ({ input, open }) => {
  const found = {};
  const page = await open({ cookie: input.cookie, microphone: true });
  const id = () => new URL(page.url()).pathname.split("/").pop();

  // A voice.
  await page.goto("/admin/post?model=noise");
  await page.getByLabel("Texte lu").fill("Un bruit de vapeur s’entend depuis 14h30.");
  const count = await page.locator("#text-count").textContent();
  check(count.startsWith("41 caractères sur 1200, 3 s"), `the count is live: ${count}`);
  await page.getByRole("button", { name: "Enregistrer ma voix" }).click();
  await page.getByText("Enregistrement en cours.").waitFor();
  await page.waitForTimeout(4500);
  await page.getByRole("button", { name: "Arrêter l’enregistrement" }).click();
  await page.getByText("Enregistrement prêt").waitFor();
  await inspect(page, "posting-recorded");
  await page.getByRole("button", { name: "Voir et écouter l’aperçu" }).click();
  await page.getByText("Votre enregistrement, et autour").waitFor();
  await page.waitForFunction(() => document.querySelector("audio").duration > 6);
  await inspect(page, "posting-preview");

  // A connection that is lost, and an impatient hand.
  const preview = page.url();
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Publier", exact: true }).click();
  await page.context().setOffline(false);
  await page.goto("/admin/bulletins");
  await inspect(page, "posting-bulletins");
  await page.locator("section:has(#drafts) a").first().click();
  check(page.url() === preview, "what was written is a draft");
  await page.getByRole("button", { name: "Publier", exact: true }).dblclick();
  await page.getByText("C’est publié.").waitFor();
  found.recorded = id();
  await page.goto(preview);
  check(id() === found.recorded, "the old preview leads to what was published");

  // With keys alone.
  await page.goto("/admin");
  await follow(page, "Publier");
  await reach(page, page.locator("[name=events][value=smoke]"));
  await page.keyboard.press("Space");
  await reach(page, page.locator("#text"));
  await page.keyboard.type("Fumée noire au-dessus du site.");
  await press(page, "Voir et écouter l’aperçu");
  await press(page, "Publier");
  await page.getByText("C’est publié.").waitFor();
  found.keys = id();

  // A text that outlives a page that was left.
  await page.goto("/admin/post");
  await page.getByLabel("Texte lu").pressSequentially("Texte commencé");
  await page.goto("/admin");
  await page.goto("/admin/post");
  check((await page.getByLabel("Texte lu").inputValue()) === "Texte commencé", "the text is kept");

  const small = await open({ width: 320, cookie: input.cookie });
  const places = {
    "post": "/admin/post",
    "model": "/admin/post?model=siren_drill",
    "bulletins": "/admin/bulletins",
    "thread": `/admin/bulletins/${input.bulletin}`,
    "update": `/admin/bulletins/${input.bulletin}/update`,
    "withdraw": `/admin/bulletins/${input.bulletin}/withdraw`,
  };
  for (const [name, address] of Object.entries(places)) {
    for (const one of [page, small]) {
      await one.goto(address);
      await inspect(one, `posting-${name}`);
    }
  }
  return found;
});
