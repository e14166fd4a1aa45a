// Comfort for the desk: everything here is also done without it. Five minutes before a login ends the reader is told,
// and can stay without leaving the page.
"use strict";
(() => {
  const end = document.querySelector(".login-end");
  if (!end) return;
  const box = end.querySelector(".login-warning");
  const WARNED = 300;
  let timers = [];
  const say = (words, button) => {
    box.textContent = "";
    const line = document.createElement("p");
    line.textContent = words;
    box.append(line);
    if (button) box.append(button);
  };
  const wait = (seconds) => {
    timers.forEach(clearTimeout);
    timers = [
      setTimeout(warn, Math.max(0, seconds - WARNED) * 1000),
      setTimeout(() => say(end.dataset.over), seconds * 1000),
    ];
  };
  const warn = () => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = end.dataset.stay;
    button.addEventListener("click", async () => {
      const answer = await fetch("/admin/account/stay", { method: "POST", redirect: "follow" }).catch(() => null);
      if (!answer || !answer.ok || answer.url.includes("/sign-in")) return say(end.dataset.over);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const left = page.querySelector(".login-end");
      wait(Number(left && left.dataset.seconds) || 1800);
      say(end.dataset.stayed);
      setTimeout(() => { box.textContent = ""; }, 5000);
    });
    say(end.dataset.warning, button);
  };
  wait(Number(end.dataset.seconds));
})();
