// Follows every link from the public page and from the desk of each role, and looks at each kind of page once for each of them.

import { axe, check, fits, shot, walk } from "./rig.mjs";

/** What is taken away and not read in the browser; what is in English, which the journey public_pages looks at. */
const isNoPage = /\.(csv|json|wav|svg|atom|ics|en)$|^\/en$/;

await walk(async ({ input, open }) => {
  const looked = {};
  const kinds = new Set();
  for (const [who, cookie] of Object.entries(input.people)) {
    const wide = await open({ cookie });
    const narrow = await open({ cookie, width: 320 });
    const seen = new Set();
    const toRead = [who === "reader" ? "/" : "/admin"];
    while (toRead.length > 0) {
      const address = toRead.pop();
      const kind = kindOf(address, input.names);
      if (seen.has(kind) || isNoPage.test(kind)) continue;
      // The desk leads to public pages too: those the reader looks at.
      if (who !== "reader" && !kind.startsWith("/admin")) continue;
      seen.add(kind);
      const isNew = !kinds.has(kind);
      kinds.add(kind);
      for (const page of [narrow, wide]) {
        const answer = await page.goto(address);
        check(answer.ok(), `${who} is led to ${address}, which answers ${answer.status()}`);
        // What a role adds to a page is looked at by axe at 320 px alone; its width is held at both.
        if (page === narrow || isNew) await axe(page);
        await fits(page);
      }
      if (isNew) await shot(narrow, `every-page-${who}-${seen.size}`);
      const links = await narrow.locator("a[href]").evaluateAll((all) => all.map((link) => new URL(link.href)).filter((url) => url.origin === location.origin).map((url) => url.pathname + url.search));
      toRead.push(...links);
    }
    looked[who] = [...seen].sort();
  }
  return looked;
});

/** An address without the names in it: the pages of two sites are one kind of page, and those of two sentences. */
function kindOf(address, names) {
  const parts = address.split("?")[0].replace(/(\/words\/).+/, "$1*").split("/");
  const isName = (part) => names.includes(part) || /^[a-z0-9]{12}$/.test(part) || /^\+?\d+$/.test(part) || part.includes("@") || part.includes("%40");
  return parts.map((part) => (isName(part) ? "*" : part)).join("/");
}
