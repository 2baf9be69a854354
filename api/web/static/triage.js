// Keys, times in the reader's zone, and news without a reload. The pages work without any of it.

const POLL_MS = 10_000;
const TICK_MS = 15_000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

// The server's clock decides what is overdue, not the one of this computer.
const skew = Date.parse(document.body.dataset.now) - Date.now();
const now = () => Date.now() + skew;

// --- times -----------------------------------------------------------------

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function two(large, largeUnit, small, smallUnit) {
  return small ? `${large} ${largeUnit} ${small} ${smallUnit}` : `${large} ${largeUnit}`;
}

function span(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return two(Math.floor(seconds / HOUR), "h", Math.floor((seconds % HOUR) / MINUTE), "min");
  return two(Math.floor(seconds / DAY), "d", Math.floor((seconds % DAY) / HOUR), "h");
}

function absolute(instant) {
  const part = (of, options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(of);
  const year = (of) => part(of, { year: "numeric" });
  const date = [{ weekday: "short" }, { day: "numeric" }, { month: "short" }].map((options) => part(instant, options));
  // Some browsers write "Sept"; the server writes three letters.
  date[2] = date[2].slice(0, 3);
  if (year(instant) !== year(now())) date.push(year(instant));
  return `${date.join(" ")}, ${part(instant, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showTimes(root = document) {
  for (const element of root.querySelectorAll("[data-due]")) {
    const left = Date.parse(element.dataset.due) - now();
    setText(element, left <= 0 ? `${span(left)} overdue` : `in ${span(left)}`);
  }
  for (const element of root.querySelectorAll("[data-since]")) {
    setText(element, span(now() - Date.parse(element.dataset.since)));
  }
  if (document.body.dataset.zone !== zone) {
    for (const element of root.querySelectorAll("time[data-absolute]")) {
      setText(element, absolute(Date.parse(element.dateTime)));
    }
    for (const element of root.querySelectorAll("[data-zone-name]")) setText(element, zone);
  }
}

// The next page comes with the right times from the server.
document.cookie = `triage_zone=${zone}; path=/; max-age=31536000; samesite=strict`;
showTimes();
setInterval(showTimes, TICK_MS);

// --- news ------------------------------------------------------------------

const live = document.getElementById("live");
const regions = () => document.querySelectorAll("[data-refresh]");
let isPointerInList = false;
let lastGoodAt = now();

function tell(text, isLost) {
  live.hidden = false;
  live.classList.toggle("lost", isLost);
  setText(live, text);
}

function threadAt(element) {
  return element?.closest?.("tr[data-thread]")?.dataset.thread;
}

function versions(root) {
  const rows = root.querySelectorAll("tr[data-thread]");
  return new Map([...rows].map((row) => [row.dataset.thread, row.dataset.version]));
}

function swap(fresh) {
  const focused = threadAt(document.activeElement);
  const before = versions(document);
  for (const region of regions()) {
    const next = fresh.getElementById(region.id);
    if (next === null || next.innerHTML === region.dataset.html) continue;
    region.dataset.html = next.innerHTML;
    region.replaceChildren(...document.importNode(next, true).childNodes);
    showTimes(region);
  }
  document.title = fresh.title;
  for (const [thread, version] of versions(document)) {
    if (before.get(thread) !== version) rowOf(thread)?.classList.add("is-changed");
  }
  // Focus stays on the thread, wherever the thread has gone.
  if (focused !== undefined && threadAt(document.activeElement) !== focused) {
    rowOf(focused)?.querySelector("a.subject").focus({ preventScroll: true });
  }
}

function rowOf(thread) {
  return document.querySelector(`tr[data-thread="${CSS.escape(thread)}"]`);
}

async function refresh() {
  // Nothing moves under the pointer or while nobody looks.
  if (document.hidden || isPointerInList) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.redirected || answer.status === 401) {
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    lastGoodAt = now();
    tell("Live", false);
  } catch {
    tell(`No connection, as of ${absolute(lastGoodAt)}`, true);
  }
}

if (regions().length > 0) {
  for (const region of regions()) region.dataset.html = "";
  tell("Live", false);
  document.addEventListener("pointerover", (event) => {
    isPointerInList = event.target.closest?.("table.queue tbody") !== null;
  });
  document.addEventListener("pointerleave", () => { isPointerInList = false; });
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, POLL_MS);
}
for (const element of document.querySelectorAll(".hidden-js")) element.hidden = true;
for (const select of document.querySelectorAll(".filter select")) {
  select.addEventListener("change", () => {
    // A project of another customer would hide everything.
    if (select.id === "account") document.getElementById("project").value = "";
    select.form.requestSubmit();
  });
}

// --- keys ------------------------------------------------------------------

const help = document.getElementById("help");
const helpButton = document.getElementById("help-button");
const keysSwitch = document.getElementById("keys-switch");
keysSwitch.checked = localStorage.getItem("triage_keys") !== "off";
keysSwitch.addEventListener("change", () => localStorage.setItem("triage_keys", keysSwitch.checked ? "on" : "off"));
if (helpButton) {
  helpButton.hidden = false;
  helpButton.addEventListener("click", () => help.showModal());
}

let isGoing = false;

function step(by) {
  const stops = [...document.querySelectorAll("a.subject, article.message")];
  if (stops.length === 0) return;
  const here = document.activeElement?.closest?.("tr[data-thread]")?.querySelector("a.subject")
    ?? document.activeElement?.closest?.("article.message");
  const at = stops.indexOf(here);
  const to = at < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.min(stops.length - 1, Math.max(0, at + by));
  stops[to].focus();
  stops[to].scrollIntoView({ block: "nearest" });
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  o: () => document.activeElement?.closest?.("tr[data-thread]")?.querySelector("a.subject").click(),
  u: () => document.getElementById("back")?.click(),
  "/": () => document.getElementById("find")?.select(),
  f: () => document.getElementById("account")?.focus(),
  "?": () => help.showModal(),
  g: () => { isGoing = true; setTimeout(() => { isGoing = false; }, 1500); },
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, select, textarea, dialog") !== null;
  if (!keysSwitch.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  // The arrows scroll the page unless the list has the focus.
  if (event.key.startsWith("Arrow") && threadAt(document.activeElement) === undefined) return;
  if (isGoing) {
    isGoing = false;
    const tab = document.querySelector(`.views a[data-key="${CSS.escape(event.key)}"]`);
    if (tab) {
      event.preventDefault();
      tab.click();
    }
    return;
  }
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});
