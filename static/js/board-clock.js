// The server's time, the countdown to the next moment, and whether what is shown is live.

import { duration } from "./board-text.js";

const AMBER_MS = 15000;
const DIM_MS = 60000;
const MOMENTS = [
  ["starts_at", "Starts in"],
  ["freezes_at", "Freezes in"],
  ["closes_at", "Closes in"],
  ["publishes_at", "Results in"],
];
const OVER = { published: "Results published", closed: "Submissions closed" };

export class BoardClock {
  constructor(board, state, now) {
    Object.assign(this, { board, state });
    const find = (name) => board.querySelector(`[data-${name}]`);
    this.parts = { clock: find("clock"), label: find("clock-label"), value: find("clock-value"), live: find("live"), text: find("live-text") };
    this.heard = null;
    this.began = performance.now();
    this.set(now);
    this.tick();
    setInterval(() => this.tick(), 250);
  }

  set(epoch) {
    this.offset = epoch * 1000 - performance.now();
  }

  now() {
    return (performance.now() + this.offset) / 1000;
  }

  hear() {
    this.heard = performance.now();
    this.tick();
  }

  tick() {
    this.countDown();
    const quiet = performance.now() - (this.heard ?? this.began);
    const stale = quiet > AMBER_MS;
    const text = stale ? "NOT LIVE" : this.heard === null ? "Connecting…" : "LIVE";
    if (this.parts.text.textContent !== text) this.parts.text.textContent = text;
    this.parts.live.classList.toggle("is-live", !stale && this.heard !== null);
    this.parts.live.classList.toggle("is-stale", stale);
    this.board.classList.toggle("is-dim", quiet > DIM_MS);
  }

  countDown() {
    const { header } = this.state;
    const now = this.now();
    const next = MOMENTS.find(([field]) => header[field] && header[field] > now);
    const over = next ? "" : OVER[header.state] || "";
    this.parts.clock.hidden = !next && !over;
    const label = next ? next[1] : over;
    const value = next ? duration(header[next[0]] - now) : "";
    if (this.parts.label.textContent !== label) this.parts.label.textContent = label;
    if (this.parts.value.textContent !== value) this.parts.value.textContent = value;
    this.parts.clock.classList.toggle("is-near", Boolean(next) && header[next[0]] - now < 600);
  }
}
