// What every journey stands on: a real browser, walked by keys and clicks, and looked at by axe.
//
//   walk(async ({ input, open }) => { const page = await open({ width: 320 }); …; return { anything: 1 }; });
//
// The Rust test (tests/support/journey.rs) writes `input` as JSON on standard input and reads what the journey returns
// from standard output. A journey that throws ends with its message and what its pages say, and with pictures of them
// in target/screenshots.

import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const tools = process.env.ALLO_BROWSER_TOOLS;
const pictures = process.env.ALLO_SCREENSHOTS;
const require = createRequire(join(tools, "package.json"));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Walks a journey and ends this process. */
export async function walk(journey) {
  mkdirSync(pictures, { recursive: true });
  const input = JSON.parse(readFileSync(0, "utf8"));
  const browser = await chromium.launch({
    executablePath: process.env.ALLO_CHROMIUM ?? "/usr/lib/chromium/chromium-headless-shell",
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      ...(input.microphone ? [`--use-file-for-fake-audio-capture=${input.microphone}`] : []),
    ],
  });
  const pages = [];
  const open = (wishes) => openPage(browser, input, pages, wishes ?? {});
  const over = new Promise((_, reject) =>
    setTimeout(() => reject(new Error("the journey takes more than ten minutes")), 600_000),
  );
  let status = 0;
  try {
    const result = await Promise.race([journey({ input, open }), over]);
    await new Promise((done) => process.stdout.write(JSON.stringify(result ?? {}), done));
  } catch (error) {
    status = 1;
    for (const page of pages) {
      const told = page.locator("body").innerText({ timeout: 3000 }).catch((why) => `${why}`);
      console.error(`at ${page.url()}, which says:\n${await told}\n`);
      await Promise.race([shot(page, `failed-${pages.indexOf(page)}`), pause(3000)]).catch(() => {});
    }
    console.error(error.stack ?? error);
  }
  // A page that hangs would block the closing for ever.
  await Promise.race([browser.close(), pause(3000)]);
  process.exit(status);
}

/**
 * A page in a browser of its own.
 * - width: 320 or 1280; script: false for JavaScript off; cookie: the secret of a login;
 *   microphone: true lets pages record `input.microphone` (a WAV file); locale: of the browser;
 *   scheme: light or dark.
 */
async function openPage(browser, input, pages, { width = 1280, script = true, cookie, microphone = false, locale = "fr-FR", scheme = "light" }) {
  const context = await browser.newContext({
    baseURL: input.url,
    locale,
    timezoneId: "Europe/Paris",
    viewport: { width, height: width < 600 ? 640 : 800 },
    javaScriptEnabled: script,
    colorScheme: scheme,
    permissions: microphone ? ["microphone"] : [],
  });
  // Other tests share the machine.
  context.setDefaultTimeout(60_000);
  if (cookie) await context.addCookies([loginCookie(input.url, cookie)]);
  const page = await context.newPage();
  page.width = width;
  page.script = script;
  page.on("pageerror", (error) => console.error(`script of ${page.url()}: ${error}`));
  pages.push(page);
  return page;
}

function loginCookie(url, value) {
  return { name: "__Host-login", value, domain: new URL(url).hostname, path: "/", secure: true, httpOnly: true, sameSite: "Lax" };
}

/** What must hold for every page of the desk, and a picture of it under a name. */
export async function inspect(page, name) {
  await shot(page, name);
  if (!page.script) return;
  await axe(page);
  await fits(page);
}

/** Fails on any violation of WCAG 2.2 AA that axe finds. Never with JavaScript off: it would wait for ever. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }),
    tags,
  );
  const told = violations.map((one) => `${one.id}: ${one.help}\n${one.nodes.map((node) => `  ${node.html}`).join("\n")}`);
  if (told.length > 0) throw new Error(`axe at ${page.url()}, ${page.width} px:\n${told.join("\n")}`);
}

/** Fails when a page must be scrolled sideways, also with its text at 200 %. */
export async function fits(page) {
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const asItIs = await overflow();
  if (asItIs > 0) throw new Error(`${page.url()} is ${asItIs} px wider than ${page.width} px`);
  await page.evaluate(() => { document.documentElement.style.fontSize = "225%"; });
  const large = await overflow();
  await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
  if (large > 0) throw new Error(`${page.url()} with text at 200 % is ${large} px wider than ${page.width} px`);
}

/** Presses Tab until something has the focus, as somebody without a mouse does, and checks that the focus is seen. */
export async function reach(page, locator) {
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press("Tab");
    const [here, seen] = await locator.first().evaluate((element) => {
      const style = getComputedStyle(element);
      return [document.activeElement === element, style.outlineStyle !== "none" && style.outlineWidth !== "0px"];
    });
    if (here && !seen) throw new Error(`the focus cannot be seen at ${page.url()}: ${await locator.first().innerHTML()}`);
    if (here) return;
  }
  throw new Error(`cannot be reached by Tab at ${page.url()}: ${locator}`);
}

/** By keys alone: reaches a field and types into it. */
export async function write(page, label, text) {
  const field = page.getByLabel(label, { exact: true });
  if (!page.script) return field.fill(text);
  await reach(page, field);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(text);
}

/** By keys alone: reaches a button and presses it, and waits for the page behind it. */
export async function press(page, name) {
  const button = page.getByRole("button", { name });
  if (!page.script) return button.click();
  await reach(page, button);
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
}

/** By keys alone: reaches a link and follows it. */
export async function follow(page, name) {
  const link = page.getByRole("link", { name }).first();
  if (!page.script) return link.click();
  await reach(page, link);
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
}

/** A picture of the whole page in target/screenshots. */
export async function shot(page, name) {
  const script = page.script ? "" : "-no-script";
  await page.screenshot({ path: join(pictures, `${name}-${page.width}${script}.png`), fullPage: true });
}

/** The code of an authenticator with this secret (RFC 6238); `ahead` intervals later. */
export function totp(secret, ahead = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac("sha1", key).update(step).digest();
  const place = hash[19] & 15;
  return String((hash.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
