// Makes the pages of the console move. Without it they are as whole, and a reload shows the same.
"use strict";

(() => {
  // How long to wait after a change before the page is fetched again, and how often a page that shows something running
  // is, in milliseconds.
  const SETTLE = 700;
  const BUSY = 2000;

  const main = () => document.querySelector("main");
  let stream = null;
  let streamUrl = null;
  let refreshTimer = null;
  let isRefreshing = false;

  // Shows the state of a stack wherever the page has it.
  function show({ stack, state }) {
    let isNew = false;
    for (const element of document.querySelectorAll("[data-stack]")) {
      if (element.dataset.stack !== stack || element.dataset.state === state) continue;
      isNew = true;
      element.dataset.state = state;
      (element.querySelector("[data-word]") ?? element).textContent = state;
    }
    return isNew;
  }

  // Counts again how many stacks are in which state.
  function count() {
    const shown = [...document.querySelectorAll("tbody [data-stack]")].map((element) => element.dataset.state);
    for (const element of document.querySelectorAll("[data-count]")) {
      const n = shown.filter((state) => state === element.dataset.count).length;
      element.firstElementChild.textContent = n;
      element.hidden = n === 0;
    }
  }

  function states(event) {
    const changes = JSON.parse(event.data);
    const { watched, age } = main().dataset;
    let isNew = false;
    for (const change of changes) {
      const isShown = show(change);
      const isOlder = watched === change.stack && age !== String(change.age);
      // A page of one stack does not mind the others.
      if (watched === undefined ? isShown : isOlder || (isShown && watched === change.stack)) isNew = true;
    }
    if (!isNew) return;
    count();
    refreshSoon(SETTLE);
  }

  function shape(event) {
    const shown = main().dataset.shape;
    if (shown !== undefined && shown !== event.data) refreshSoon(0);
  }

  // Shows the stacks that are looked for, as the form does without this script.
  function find(input) {
    const wanted = input.value.trim().toLowerCase();
    const rows = [...document.querySelectorAll("[aria-labelledby=stacks] tbody tr")];
    for (const row of rows) row.hidden = !row.querySelector("th").textContent.toLowerCase().includes(wanted);
    const n = rows.filter((row) => !row.hidden).length;
    document.getElementById("found").textContent = n === rows.length ? "" : `${n} of ${rows.length} stacks`;
    const query = wanted === "" ? "" : `?search=${encodeURIComponent(input.value.trim())}`;
    history.replaceState(null, "", location.pathname + query);
  }

  function refreshSoon(delay) {
    clearTimeout(refreshTimer);
    refreshTimer = setTimeout(refresh, delay);
  }

  // Fetches the page again, and puts its content in place of the old: what was opened stays open.
  async function refresh() {
    if (isRefreshing || document.hidden) return;
    isRefreshing = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
      // The session is over, or the stack is gone: let the page say so.
      if (!answer.ok) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      const old = main();
      for (const details of old.querySelectorAll("details[id]")) {
        const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
        if (same) same.open = details.open;
      }
      const scrolled = [...old.querySelectorAll(".graph, .scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
      const focused = document.activeElement?.id;
      document.title = page.title;
      old.replaceWith(document.adoptNode(fresh));
      fresh.querySelectorAll(".graph, .scroll").forEach((box, index) => {
        const [left, top] = scrolled[index] ?? [0, 0];
        box.scrollTo(left, top);
      });
      const again = focused ? document.getElementById(focused) : null;
      again?.focus();
      if (again?.id === "search") again.setSelectionRange(again.value.length, again.value.length);
    } catch {
      // The cloud is gone for the moment. The stream comes back when it does.
    } finally {
      isRefreshing = false;
      if (main().dataset.busy !== undefined) refreshSoon(BUSY);
    }
  }

  // A browser opens few connections to one host: a page that nobody sees gives its own back.
  function listen() {
    const url = document.hidden ? null : main().dataset.events ?? null;
    if (url === streamUrl) return;
    stream?.close();
    stream = null;
    streamUrl = url;
    if (url === null) return;
    stream = new EventSource(url);
    stream.addEventListener("states", states);
    stream.addEventListener("shape", shape);
  }

  document.addEventListener("input", (event) => {
    if (event.target.id === "search") find(event.target);
  });
  document.addEventListener("visibilitychange", () => {
    listen();
    if (!document.hidden && main().dataset.busy !== undefined) refreshSoon(0);
  });
  window.addEventListener("pagehide", () => {
    stream?.close();
    streamUrl = null;
  });
  window.addEventListener("pageshow", listen);
  if (main().dataset.busy !== undefined) refreshSoon(BUSY);
})();
