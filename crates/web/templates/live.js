// Looks for news and says that there are some; never moves or changes what is being read. The page is whole without it.
"use strict";
(() => {
  const box = document.querySelector("[data-feed]");
  if (!box) return;
  const { feed, last, state, one, many, changed, show, lost } = box.dataset;
  const EVERY = 20_000;
  const LONGEST = 160_000;
  let pause = EVERY;
  let told = "";
  let timer = 0;

  const say = (words, link) => {
    if (words === told) return;
    told = words;
    if (!words) return box.replaceChildren();
    const line = document.createElement("p");
    line.textContent = words;
    if (link) {
      const there = document.createElement("a");
      there.href = location.pathname;
      there.textContent = show;
      // The link alone may lead to the copy that the browser got a moment ago, without the news.
      there.addEventListener("click", (event) => {
        event.preventDefault();
        history.scrollRestoration = "manual";
        location.reload();
      });
      line.append(" ", there);
    }
    box.replaceChildren(line);
  };

  const look = async () => {
    // The browser asks with the ETag of what it has: nothing new is a 304 without a body.
    const answer = await fetch(feed, { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.status);
    const { items, description, _allo } = await answer.json();
    const known = items.findIndex((item) => item.id === last);
    const news = known < 0 ? items.length : known;
    const words = [];
    if (news > 0) words.push(`${news === 1 ? one : many.replace("%", news)} ${items[0].title}.`);
    // What no entry tells: a word to everybody, an hour that has passed; or rows that cannot be read, which the feed describes.
    if (_allo.state !== state && description) words.push(description);
    else if (_allo.state !== state && news === 0) words.push(changed);
    say(words.join(" "), true);
  };

  const turn = async () => {
    clearTimeout(timer);
    try {
      await look();
      pause = EVERY;
    } catch {
      pause = Math.min(2 * pause, LONGEST);
      // One answer that does not come is no news; from the third on the reader should know.
      if (pause === LONGEST) say(lost);
    }
    // Not all readers at the same moment.
    if (!document.hidden) timer = setTimeout(turn, pause * (1 + Math.random() / 4));
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : turn()));
  turn();
})();
