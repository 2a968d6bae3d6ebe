// The table: texts at once, the order at most every 2 s, all rows moving together.

import { WORDS, band, behind, count, error, isTied, luck, percent, privateRange, range } from "./board-text.js";

const MOVE = { duration: 1000, easing: "cubic-bezier(0.455, 0.03, 0.515, 0.955)" };
const FADE_MS = 300;
const REORDER_MS = 2000;
const DELTA_MS = 8000;
const TINT = [{ backgroundColor: "rgb(86 180 233 / 35%)" }, {}];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Everything that changes with the order: it is written when the rows move, not before.
const standing = (row) => [row.rank_label, range(row), band(row), row.like_above].join("|");

export class BoardRows {
  constructor(board, state) {
    this.state = state;
    this.body = board.querySelector("[data-rows]");
    this.template = document.getElementById("board-row");
    this.own = board.dataset.own;
    this.page = null; // on a giant screen: the first and the last row that is shown
    this.lines = new Map();
    this.moving = new Map();
    this.last = -Infinity;
    for (const line of this.body.children) this.lines.set(line.dataset.team, this.parts(line));
    this.order = [...this.lines.keys()];
  }

  parts(line) {
    const found = { line };
    for (const part of line.querySelectorAll("[data-f]")) found[part.dataset.f] = part;
    return found;
  }

  // Everything that changed; rows that are new come in with the next reordering.
  update(teams) {
    const ordered = this.state.ordered();
    const best = ordered.length ? ordered[0].score : null;
    const changed = new Set(teams);
    for (const row of ordered) {
      const parts = this.lines.get(row.team) || this.add(row.team);
      const scored = changed.has(row.team) && parts.shown !== undefined && parts.shown !== row.score;
      this.write(parts, row, best);
      if (scored) this.fade(parts);
      parts.shown = row.score;
    }
    this.reorderSoon();
  }

  add(team) {
    const line = this.template.content.firstElementChild.cloneNode(true);
    line.dataset.team = team;
    line.classList.toggle("own", team === this.own);
    const parts = this.parts(line);
    this.lines.set(team, parts);
    return parts;
  }

  write(parts, row, best) {
    const set = (name, text) => {
      if (parts[name] && parts[name].textContent !== text) parts[name].textContent = text;
    };
    const missing = row.score === null;
    set("name", row.name);
    set("score", percent(row.score));
    set("stderr", missing ? "" : error(row.stderr));
    set("status", missing ? WORDS[row.status] || row.status : "");
    parts.status.className = `b-status status-${row.status}`;
    set("gap", behind(row.score, best));
    set("reason", row.reason);
    set("held", String(row.pending));
    parts.pending.hidden = !row.pending;
    const other = this.state.header.ranked_by === "private" ? "public" : "private";
    set("other", percent(row[`${other}_score`]));
    set("othererror", error(row[`${other}_stderr`]));
    set("otherrange", privateRange(row));
    set("submissions", count(row.submissions));
    set("luck", luck(row));
    const known = row.status !== "waiting" && row.status !== "pending";
    set("tokens", known ? count(row.tokens) : "–");
    set("calls", known ? count(row.calls) : "–");
    set("time", known ? `${Math.round(row.seconds)} s` : "–");
    this.progress(row.team);
  }

  progress(team) {
    const parts = this.lines.get(team);
    if (!parts) return;
    const run = this.state.doing(team);
    parts.doing.hidden = !run;
    if (!run) return;
    parts.bar.max = run.total || 1;
    parts.bar.value = run.done;
    parts.count.textContent = run.state === "queued" ? "queued" : `${run.done}/${run.total}`;
  }

  fade(parts) {
    if (calm.matches) parts.line.animate(TINT, 150);
    else parts.value.animate([{ opacity: 0 }, { opacity: 1 }], { duration: FADE_MS, easing: "ease-out" });
  }

  reorderSoon() {
    const order = this.state.ordered().map((row) => row.team);
    const same = order.length === this.order.length && order.every((team, at) => team === this.order[at]);
    const ranks = order.every((team) => this.lines.get(team).ranked === standing(this.state.rows.get(team)));
    if ((same && ranks) || this.timer) return;
    const wait = Math.max(0, this.last + REORDER_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.reorder();
    }, wait);
  }

  reorder() {
    this.last = performance.now();
    const before = new Map(this.order.map((team, at) => [team, { at, top: this.top(team) }]));
    const rows = this.state.ordered();
    for (const [team, parts] of this.lines) {
      if (this.state.rows.has(team)) continue;
      parts.line.remove();
      this.lines.delete(team);
    }
    for (const animation of this.moving.values()) animation.cancel();
    this.moving.clear();
    this.order = rows.map((row) => row.team);
    rows.forEach((row, at) => this.place(row, at, before.get(row.team)));
    this.showPage();
    this.move(before);
    this.onReorder?.(rows, before);
  }

  place(row, at, before) {
    const parts = this.lines.get(row.team);
    if (this.body.children[at] !== parts.line) this.body.insertBefore(parts.line, this.body.children[at] || null);
    parts.rank.textContent = row.rank_label || "–";
    parts.range.textContent = range(row);
    parts.band.textContent = band(row);
    parts.like.hidden = !row.like_above;
    parts.line.classList.toggle("band", isTied(row));
    parts.line.classList.toggle("band-first", isTied(row) && row.band_first === at + 1);
    parts.line.classList.toggle("band-last", isTied(row) && row.band_last === at + 1);
    const was = parts.rankNumber;
    const rose = was && row.rank ? was - row.rank : 0;
    if (before && rose) this.chip(parts, rose);
    parts.rankNumber = row.rank;
    parts.ranked = standing(row);
  }

  chip(parts, rose) {
    clearTimeout(parts.chipTimer);
    parts.delta.textContent = `${rose > 0 ? "▲" : "▼"} ${Math.abs(rose)}`;
    parts.delta.className = `b-delta ${rose > 0 ? "up" : "down"}`;
    parts.chipTimer = setTimeout(() => {
      parts.delta.textContent = "";
      parts.delta.className = "b-delta";
    }, DELTA_MS);
  }

  // Where the row is seen now, in the midst of a movement too; null where it is not.
  top(team) {
    const line = this.lines.get(team)?.line;
    return line && !line.hidden && line.isConnected ? line.getBoundingClientRect().top : null;
  }

  move(before) {
    const tops = new Map(this.order.map((team) => [team, this.top(team)]));
    const height = this.body.firstElementChild?.offsetHeight || 0;
    this.order.forEach((team, at) => {
      const to = tops.get(team);
      if (to === null) return;
      const old = before.get(team);
      const from = old?.top ?? to + height * Math.max(-13, Math.min(13, old ? old.at - at : 2));
      if (Math.abs(from - to) < 1 || !this.seen(from, to, height)) return;
      this.slide(this.lines.get(team).line, team, from - to, !old);
    });
  }

  seen(from, to, height) {
    return Math.max(from, to) + height > 0 && Math.min(from, to) < innerHeight;
  }

  slide(line, team, by, isNew) {
    if (calm.matches) {
      line.animate(TINT, 150);
      return;
    }
    const frames = [{ transform: `translateY(${by}px)` }, { transform: "none" }];
    if (isNew) frames[0].opacity = 0;
    line.classList.toggle("rising", by > 0);
    const animation = line.animate(frames, MOVE);
    this.moving.set(team, animation);
    animation.onfinish = () => {
      line.classList.remove("rising");
      this.moving.delete(team);
    };
  }

  showPage() {
    if (!this.page) return;
    this.order.forEach((team, at) => {
      this.lines.get(team).line.hidden = at < this.page.first || at > this.page.last;
    });
  }
}
