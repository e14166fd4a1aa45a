// A reader has the page open that looks for news: news are said, and nothing that is being read moves.
// input: url, page, frame, poster: paths, token, bulletin: what is posted; said: how it is told.

import { axe, check, fits, shot, walk } from "./rig.mjs";

walk(async ({ input, open }) => {
  const pages = [];
  for (const width of [320, 1280]) {
    const page = await open({ width });
    await page.goto(input.page);
    await page.evaluate(() => window.scrollTo(0, 200));
    pages.push(page);
  }
  const place = (page) => page.evaluate(() => [window.scrollY, document.querySelector("main").getBoundingClientRect().top, document.querySelector("main").innerText]);
  const before = await Promise.all(pages.map(place));
  check((await pages[0].getByRole("status").innerText()) === "", "there are no news yet");

  const answer = await pages[0].request.post("/api/v1/bulletins", { headers: { Authorization: `Bearer ${input.token}` }, data: input.bulletin });
  check(answer.ok(), `posted: ${answer.status()}`);

  for (const page of pages) {
    // As when the reader comes back to the page: it looks at once.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByRole("status").getByText(input.said).waitFor({ timeout: 40_000 });
    await axe(page);
    await fits(page);
    await shot(page, "live-news");
  }
  const after = await Promise.all(pages.map(place));
  check(JSON.stringify(after) === JSON.stringify(before), `nothing moved: ${JSON.stringify([before, after])}`);

  await pages[0].getByRole("status").getByRole("link").click();
  await pages[0].getByText(input.bulletin.text).first().waitFor();
  check((await pages[0].getByRole("status").innerText()) === "", "what was shown is no news any more");

  // What no entry tells: a word to everybody, an hour that has passed; and rows that cannot be read, which the feed describes.
  for (const [description, said] of [[undefined, "Cette page a changé."], ["État au lundi 23 novembre.", "État au lundi 23 novembre."]]) {
    await pages[0].unrouteAll({ behavior: "wait" });
    await pages[0].route("**/*.feed.json", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), description, _allo: { state: "another" } } });
    });
    await pages[0].evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await pages[0].getByRole("status").getByText(said).waitFor({ timeout: 40_000 });
  }

  const silent = await open({ width: 320, script: false });
  await silent.goto(input.page);
  check((await silent.content()).includes(input.bulletin.text), "the page is whole without its script");

  // What stands elsewhere: the frame of a town hall, the poster on screen and on paper.
  for (const width of [320, 1280]) {
    const page = await open({ width });
    for (const [name, address] of [["frame", input.frame], ["poster", input.poster]]) {
      for (const one of [address, `${address}.en`]) {
        const answer = await page.goto(one);
        check(answer.ok(), `${one} answers ${answer.status()}`);
        await axe(page);
        await fits(page);
        if (one === address) await shot(page, `elsewhere-${name}`);
      }
    }
    await page.goto(input.frame);
    check(await page.getByRole("listitem").filter({ hasText: "bruit" }).first().isVisible(), "the frame tells what goes on");
    await page.goto(input.poster);
    await page.emulateMedia({ media: "print" });
    check((await page.pdf()).length > 5_000, "the browser makes a PDF of the poster");
  }
  return { said: true };
});
