// Keys, copying, times in the reader's zone. Every page works without this file.
"use strict";
(() => {
  const root = document.body;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const pad = (number, width = 2) => String(number).padStart(width, "0");

  function localTimes(from) {
    for (const time of all("time[datetime]", from)) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const day = `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
      const clock = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map((part) => pad(part));
      time.textContent = `${day} ${clock.join(":")}`;
    }
  }

  function reveal(from) {
    for (const button of all(".scripted[hidden]", from)) button.hidden = false;
  }

  function freshen(from) {
    localTimes(from);
    reveal(from);
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return say(button, "not allowed");
    }
    say(button, "copied");
  }

  function say(button, word) {
    if (!button) return;
    button.dataset.said = word;
    const sign = document.createElement("span");
    sign.setAttribute("role", "status");
    sign.textContent = ` ${word}`;
    button.append(sign);
    setTimeout(() => sign.remove(), 1500);
  }

  // Rows: the list of traces, the tree, the guardrail events.
  const rows = () => all("[data-rows] [data-row]").filter((row) => row.offsetParent !== null);
  const linkOf = (row) => row.querySelector(":scope > a, .name a, a");

  function step(by) {
    const list = rows();
    if (!list.length) return;
    let at = list.findIndex((row) => row.contains(document.activeElement));
    if (at < 0) at = list.findIndex((row) => row.querySelector("[aria-current]"));
    const next = list[Math.min(Math.max(at + by, 0), list.length - 1)];
    linkOf(next).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function nextError() {
    const list = rows();
    const at = list.findIndex((row) => row.contains(document.activeElement));
    const bad = (row) => row.querySelector(".badge.error");
    const next = list.slice(at + 1).find(bad) || list.find(bad);
    if (!next) return;
    linkOf(next).focus();
    next.scrollIntoView({ block: "center" });
    if (next.closest(".tree")) linkOf(next).click();
  }

  function go(label) {
    const link = all(".top nav a").find((each) => each.textContent.trim() === label);
    if (link) link.click();
  }

  const places = {
    t: "Traces", c: "Costs", g: "Guardrails", p: "Prompts", d: "Datasets", r: "Rejected", s: "Set-up",
  };
  let waitingForPlace = 0;

  const actions = {
    "?": () => document.getElementById("keys").showModal(),
    "/": () => all("[data-filter]")[0]?.focus(),
    j: () => step(1),
    k: () => step(-1),
    e: nextError,
    c: () => copy(location.href, document.querySelector("footer button")),
    g: () => {
      waitingForPlace = Date.now();
    },
  };

  function isTyping(element) {
    return element.closest("input, select, textarea, [contenteditable]") !== null;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (Date.now() - waitingForPlace < 1000 && places[event.key]) {
      waitingForPlace = 0;
      event.preventDefault();
      return go(places[event.key]);
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) copy(document.getElementById(button.dataset.copy).textContent, button);
    if (button?.dataset.open) document.getElementById(button.dataset.open).showModal();
    const menu = document.querySelector("details.menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  // The tree marks the row whose observation is shown beside it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".tree a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    for (const other of all(".tree a[aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  });

  root.addEventListener("htmx:after:swap", (event) => {
    freshen(document);
    const detail = document.getElementById("detail");
    if (!detail || event.detail?.ctx?.target !== detail) return;
    detail.scrollTop = 0;
    if (matchMedia("(max-width: 900px)").matches) detail.scrollIntoView();
  });

  // Nobody looks: nobody polls.
  root.addEventListener("htmx:before:request", (event) => {
    const source = event.detail?.ctx?.sourceElement;
    if (document.hidden && source?.getAttribute("hx-trigger")?.startsWith("every")) event.preventDefault();
  });

  freshen(document);
})();
