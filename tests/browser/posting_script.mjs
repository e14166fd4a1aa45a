// Posting with JavaScript: a voice recorded by a (fake) microphone, a double click, a lost connection, every page by axe.
import { axe, fits, journey } from "./desk.mjs";

await journey(async ({ input, context, say }) => {
  const wide = await context({ viewport: { width: 1280, height: 900 } });
  const page = await wide.newPage();
  const id = () => new URL(page.url()).pathname.split("/").pop();

  // A voice.
  await page.goto(`${input.base}/admin/post?model=noise`);
  await page.getByLabel("Texte lu").fill("Un bruit de vapeur s’entend depuis 14h30.");
  say("count", await page.locator("#text-count").textContent());
  await page.getByRole("button", { name: "Enregistrer ma voix" }).click();
  await page.waitForTimeout(5000);
  await page.getByRole("button", { name: "Arrêter l’enregistrement" }).click();
  await page.getByText("Enregistrement prêt").waitFor();
  await axe(page, "recorded");
  await page.getByRole("button", { name: "Voir et écouter l’aperçu" }).click();
  await page.getByText("Votre enregistrement, et autour").waitFor();
  await axe(page, "preview");
  await page.screenshot({ path: `${input.shots}/preview-1280.png`, fullPage: true });

  // A connection that is lost, and an impatient hand.
  await wide.setOffline(true);
  await page.getByRole("button", { name: "Publier", exact: true }).click().catch(() => {});
  await wide.setOffline(false);
  await page.goBack().catch(() => {});
  await page.goto(`${input.base}/admin/bulletins`);
  await axe(page, "bulletins");
  await page.locator("#drafts ~ ul a").first().click();
  await page.getByRole("button", { name: "Publier", exact: true }).dblclick();
  await page.getByText("C’est publié.").waitFor();
  say("recorded", id());
  await axe(page, "thread");
  await page.screenshot({ path: `${input.shots}/thread-1280.png`, fullPage: true });
  await page.goBack();
  await page.waitForLoadState();
  say("back", id());

  // A text that outlives a page that was left.
  await page.goto(`${input.base}/admin/post`);
  await page.getByLabel("Texte lu").pressSequentially("Texte commencé");
  await page.goto(`${input.base}/admin`);
  await page.goto(`${input.base}/admin/post`);
  say("kept", await page.getByLabel("Texte lu").inputValue());

  // Every page, wide and narrow, and at twice the size.
  const narrow = await context({ viewport: { width: 320, height: 700 } });
  const small = await narrow.newPage();
  const places = ["/admin/post", "/admin/post?model=siren_drill", "/admin/bulletins", `/admin/bulletins/${input.bulletin}`, `/admin/bulletins/${input.bulletin}/update`, `/admin/bulletins/${input.bulletin}/withdraw`];
  for (const place of places) {
    await page.goto(input.base + place);
    await axe(page, place);
    await small.goto(input.base + place);
    await fits(small, place);
    await axe(small, `${place} at 320`);
    const name = place.replace(/\W+/g, "-");
    await small.screenshot({ path: `${input.shots}/320${name}.png`, fullPage: true });
    await page.screenshot({ path: `${input.shots}/1280${name}.png`, fullPage: true });
    await page.addStyleTag({ content: "" }).catch(() => {});
  }
  say("places", places.length);
});
