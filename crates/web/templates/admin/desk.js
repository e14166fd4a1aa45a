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

// A text: its characters and seconds; kept by the browser until it has been sent.
(() => {
  const text = document.querySelector("[data-limit]");
  const at = location.pathname;
  if (!text) {
    if (document.querySelector("[name=seal], .said")) sessionStorage.removeItem("text");
    return;
  }
  const count = document.getElementById("text-count");
  const tell = () => {
    const length = [...text.value.trim()].length;
    count.textContent = `${length} ${count.dataset.count} ${text.dataset.limit}, ${Math.ceil(length / 16)} s ${count.dataset.seconds}`;
  };
  const kept = JSON.parse(sessionStorage.getItem("text") || "{}");
  if (kept.at === at && !text.value) text.value = kept.text;
  text.oninput = () => {
    tell();
    sessionStorage.setItem("text", JSON.stringify({ at, text: text.value }));
  };
  tell();
})();

// A voice, recorded into the field for a file.
(() => {
  const box = document.querySelector("[data-recorder]");
  if (!box || !window.MediaRecorder || !navigator.mediaDevices) return;
  const [start, stop] = box.querySelectorAll("button");
  const status = box.querySelector("[role=status]");
  const audio = box.querySelector("audio");
  let recorder;
  start.parentNode.hidden = false;
  const end = () => recorder.state === "recording" && recorder.stop();
  stop.onclick = end;
  start.onclick = async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const parts = [];
      recorder = new MediaRecorder(stream);
      recorder.ondataavailable = (event) => parts.push(event.data);
      recorder.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        const files = new DataTransfer();
        files.items.add(new File(parts, "voix", { type: recorder.mimeType }));
        box.querySelector("[type=file]").files = files.files;
        audio.src = URL.createObjectURL(files.files[0]);
        audio.hidden = start.hidden = false;
        stop.hidden = true;
        status.textContent = box.dataset.done;
        start.focus();
      };
      recorder.start(1000);
      setTimeout(end, 178000);
      start.hidden = true;
      stop.hidden = false;
      stop.focus();
      status.textContent = box.dataset.running;
    } catch {
      status.textContent = box.dataset.denied;
    }
  };
})();

// Where a bulletin stands: looked at every four seconds for ten minutes; only a change is announced.
(() => {
  const where = document.querySelector("[data-standing]");
  if (!where) return;
  const verdict = where.querySelector(".verdict");
  let looks = 150;
  const look = async () => {
    let words = where.dataset.lost;
    let kind = "verdict red";
    try {
      const answer = await fetch(where.dataset.standing);
      if (answer.redirected) return;
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = (name) => page.querySelector(`[data-standing] ${name}`);
        for (const name of [".lights", "time"]) where.querySelector(name).replaceWith(part(name));
        words = part(".verdict").textContent;
        kind = part(".verdict").className;
      }
    } catch {}
    if (verdict.textContent !== words) verdict.textContent = words;
    verdict.className = kind;
    if (--looks) setTimeout(look, 4000);
  };
  setTimeout(look, 4000);
})();
