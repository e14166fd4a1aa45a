// The public pages as residents read them: without script, on a bad network, in both languages, light and dark, on a
// narrow screen and on paper. input: url, texts: every text of the programme, id: a bulletin.

import { join } from "node:path";

import { axe, check, fits, shot, walk } from "./rig.mjs";

const TERRITORY = "/rouen_metropole";

await walk(async ({ input, open }) => {
  const pages = {
    territory: TERRITORY,
    bulletin: `${TERRITORY}/${input.id}`,
    archive: `${TERRITORY}/archives`,
    site: `${TERRITORY}/sites/raffinerie-du-meandre`,
    explained: `${TERRITORY}/pages/pourquoi-la-torche-brule`,
    statement: `${TERRITORY}/accessibilite`,
    categories: `${TERRITORY}/categories`,
    privacy: `${TERRITORY}/confidentialite`,
    contact: `${TERRITORY}/contact`,
  };

  // Without script: the texts are on the page, and no script could run.
  const plain = await open({ script: false });
  for (const address of [TERRITORY, `${TERRITORY}.en`]) {
    const answer = await plain.goto(address);
    check(answer.headers()["content-security-policy"].includes("script-src 'none'"), `${address} lets scripts run`);
    const words = bare(await plain.locator("main").innerText());
    for (const text of input.texts) check(words.includes(bare(text)), `${address} does not say: ${text}`);
  }

  // Its weight, and when its first words are seen on a bad network.
  const far = await open({ width: 320 });
  let octets = 0;
  far.on("response", async (response) => { octets += (await response.body()).length; });
  const network = await far.context().newCDPSession(far);
  await network.send("Network.enable");
  await network.send("Network.emulateNetworkConditions", {
    offline: false, latency: 400, downloadThroughput: 400_000 / 8, uploadThroughput: 400_000 / 8,
  });
  await far.goto(TERRITORY, { waitUntil: "networkidle" });
  const painted = await far.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);

  // Dark and light, every page in both languages, at 320 px with the text at 200 %, and axe at each; those in French in
  // the light the journey every_page looks at, as it follows every link.
  for (const scheme of ["dark", "light"]) {
    const page = await open({ width: 320, scheme });
    for (const [name, address] of Object.entries({ home: "/", ...pages })) {
      for (const one of [address, address === "/" ? "/en" : `${address}.en`]) {
        const answer = await page.goto(one);
        check(answer.ok(), `${one} answers ${answer.status()}`);
        if (scheme === "dark" || one !== address || name === "territory") await axe(page);
        await fits(page);
        if (one !== address) continue;
        if (scheme === "light") await shot(page, `public-${name}`);
        else if (name === "territory") await shot(page, "public-dark");
      }
    }
  }

  // Wide, and printed.
  const wide = await open({});
  for (const [name, address] of Object.entries({ ...pages, english: `${TERRITORY}.en` })) {
    await wide.goto(address);
    await fits(wide);
    await shot(wide, `public-${name}`);
  }
  for (const [language, address] of [["fr", TERRITORY], ["en", `${TERRITORY}.en`]]) {
    await wide.goto(address);
    await wide.pdf({ path: join(process.env.ALLO_SCREENSHOTS, `public-${language}.pdf`), format: "A4" });
  }
  return { octets, painted };
});

function bare(text) {
  return text.replaceAll(/\s/gu, "");
}
