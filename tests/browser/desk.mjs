// What every journey shares: settings on stdin, a browser, a login by its cookie, findings on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.BROWSER_TOOLS + "/");
const { chromium } = require("playwright-core");
const { AxeBuilder } = require("@axe-core/playwright");

/// Runs one journey to its end and writes what it has found as one line of JSON.
export async function journey(walk) {
  const input = JSON.parse(readFileSync(0, "utf8"));
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", ...(input.arguments ?? [])],
  });
  const found = {};
  const context = async (options) => {
    const one = await browser.newContext({ locale: "fr-FR", ...options });
    one.setDefaultTimeout(15000);
    await one.addCookies([{ name: "__Host-login", value: input.cookie, url: input.base.replace("http:", "https:"), secure: true, httpOnly: true }]);
    return one;
  };
  let status = 0;
  try {
    await walk({ input, context, say: (name, value) => { found[name] = value; } });
  } catch (error) {
    found.error = String(error.stack ?? error);
    status = 1;
  }
  process.stdout.write(JSON.stringify(found) + "\n", () => process.exit(status));
}

/// No violation of WCAG 2.2 AA on a page.
export async function axe(page, place) {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  if (violations.length) {
    const told = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
    throw new Error(`${place}: ${told.join("; ")}`);
  }
}

/// Nothing scrolls sideways.
export async function fits(page, place) {
  const [wanted, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  if (wanted > width) throw new Error(`${place} is ${wanted} wide in ${width}`);
}
