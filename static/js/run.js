// Keeps the runs on a page live: counts come with each message, the rest is fetched when the state
// changes. Without this file the page is whole, and a reload shows how far it is.
"use strict";

const QUIET_MS = 15000; // the server's heartbeat comes every 5 s
const QUICK_MS = 1000; // at most so often is a quick score looked for
const RESULTS_MS = 3000; // at most so often are a run's results fetched while it goes on

class LiveRun {
  constructor(element) {
    this.element = element;
    this.state = element.dataset.state;
    this.version = 0;
    this.tries = 0;
    this.done = null;
    this.resultsTimer = null;
    this.quickTimer = null;
    this.connect();
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const address = `${scheme}://${location.host}/ws/run/${this.element.dataset.run}/?since=${this.version}`;
    this.socket = new WebSocket(address);
    this.socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    this.socket.addEventListener("close", (event) => this.lost(event));
    this.listen();
  }

  listen() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.socket.close(), QUIET_MS);
  }

  receive(message) {
    this.tries = 0;
    this.listen();
    this.notLive(false);
    if (message.type === "queue") return this.moved(message);
    const run = message.board || message;
    if (run.state === undefined) return; // a heartbeat
    if (typeof run.version === "number") {
      if (run.version < this.version) return;
      this.version = run.version;
    }
    this.progress(run);
    if (run.state !== this.state) {
      this.state = run.state;
      this.refresh(run.ended);
    } else if (run.ended) this.end();
  }

  // Others were claimed: it waits in another place now.
  moved(place) {
    for (const shown of this.element.querySelectorAll("[data-queue]")) {
      const text = place[shown.dataset.queue];
      if (shown.textContent !== text) shown.textContent = text;
    }
  }

  progress(run) {
    const bar = this.element.querySelector("[data-bar]");
    if (bar) bar.value = run.done;
    for (const count of this.element.querySelectorAll("[data-done]")) count.textContent = run.done;
    const part = this.element.querySelector("[data-private]");
    if (part && run.private) part.textContent = run.private;
    if (this.done !== null && run.done !== this.done) this.wantResults();
    this.done = run.done;
    this.wantQuick();
  }

  // The tasks of a quick score may end in another order than they were asked in, so it is looked
  // for with each message from where it can be there on, and no more once it is.
  wantQuick() {
    const waits = this.element.querySelector("[data-quick-after]");
    if (this.quickTimer || !waits || this.done < Number(waits.dataset.quickAfter)) return;
    this.quickTimer = setTimeout(() => {
      this.quickTimer = null;
      if (!this.over) replace(this.element, this.element.dataset.part);
    }, QUICK_MS);
  }

  wantResults() {
    if (this.resultsTimer || !document.querySelector("[data-results]")) return;
    this.resultsTimer = setTimeout(() => {
      this.resultsTimer = null;
      refreshResults();
    }, RESULTS_MS);
  }

  async refresh(ended) {
    if (!(await replace(this.element, this.element.dataset.part))) return;
    if (!ended) return;
    this.end();
    await refreshRest();
  }

  lost(event) {
    clearTimeout(this.quiet);
    if (this.over || event.code === 4404) return;
    this.notLive(true);
    this.tries += 1;
    const wait = Math.min(15000, 500 * 2 ** this.tries) * (0.75 + Math.random() / 2);
    setTimeout(() => this.connect(), wait);
  }

  notLive(lost) {
    const shown = this.element.querySelector(".not-live");
    if (!lost) {
      if (shown) shown.remove();
    } else if (!shown) {
      const badge = document.createElement("span");
      badge.className = "badge badge-stale not-live";
      badge.textContent = "Not live";
      this.element.prepend(badge);
    }
  }

  end() {
    this.over = true;
    clearTimeout(this.resultsTimer);
    this.socket.close();
  }
}

async function fetchPart(address) {
  try {
    const response = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
    return response.ok ? await response.text() : null;
  } catch {
    return null; // the socket comes back, and asks again
  }
}

async function replace(element, address) {
  const html = await fetchPart(address);
  if (html !== null) swap(element, html);
  return html !== null;
}

function swap(element, html) {
  const open = new Map([...element.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
  element.innerHTML = html;
  for (const one of element.querySelectorAll("details[id]")) {
    if (open.has(one.id)) one.open = open.get(one.id);
  }
}

async function refreshResults() {
  const results = document.querySelector("[data-results]");
  // Whoever is choosing a filter is not disturbed.
  if (!results || (results.contains(document.activeElement) && document.activeElement.matches("select"))) return;
  const html = await fetchPart(results.dataset.results);
  if (html !== null) swap(results, html);
}

// A run that has ended says more than its status: its score in a list, its log, what happened.
async function refreshRest() {
  const html = await fetchPart(location.href);
  if (html === null) return;
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of document.querySelectorAll("[data-rest][id]")) {
    const fresh = page.getElementById(element.id);
    if (fresh) swap(element, fresh.innerHTML);
  }
}

// A browser opens few sockets to one host: the newest runs are live, the rest at the next reload.
for (const element of [...document.querySelectorAll("[data-run]")].slice(0, 8)) new LiveRun(element);
