// Walks the pages of a subscription: first by keys with axe at both widths, in both languages and both colour schemes,
// then without JavaScript, as somebody whose browser has none.

import { axe, check, fits, inspect, press, walk, write } from "./rig.mjs";

await walk(async ({ input, open }) => {
  const looked = [
    ["subscribe", "/rouen_metropole/subscribe"],
    ["subscribe-en", "/rouen_metropole/subscribe.en"],
    ["confirm", input.confirm],
    ["choices", input.confirm.replace("/confirm/", "/subscription/")],
    ["unsubscribe", input.confirm.replace("/confirm/", "/unsubscribe/")],
  ];
  for (const width of [320, 1280]) {
    const page = await open({ width });
    for (const [name, address] of looked) {
      await page.goto(address);
      await inspect(page, `mail-${name}`);
      await page.emulateMedia({ colorScheme: "dark" });
      await axe(page);
      await page.emulateMedia({ colorScheme: "light" });
    }
  }
  const page = await open({ width: 320, script: false });
  await page.goto("/rouen_metropole");
  await page.getByRole("link", { name: "Être prévenu par e-mail" }).click();
  await write(page, "Votre adresse e-mail", "claire@example.org");
  await page.getByLabel("Seulement ce qui arrive sans être prévu").check();
  await press(page, "M’abonner");
  check((await page.content()).includes("Regardez votre messagerie"), "asking is thanked for");
  await page.goto(input.confirm);
  await press(page, "Confirmer");
  check((await page.content()).includes("Votre abonnement est confirmé"), "confirmed");
  await page.getByRole("link", { name: "Changer ce que vous recevez" }).click();
  await page.getByLabel("English").check();
  await press(page, "Enregistrer");
  check((await page.content()).includes("Saved."), "the page speaks English from here on");
  await page.getByRole("link", { name: "Unsubscribe" }).click();
  await press(page, "Unsubscribe me");
  check((await page.content()).includes("You are unsubscribed") || (await page.content()).includes("Vous êtes désabonné"), "left");
  const narrow = await open({ width: 320 });
  await narrow.goto(input.confirm);
  await fits(narrow);
  return {};
});
