// A scoreboard that moves by itself. Without this file the page is a table, as of when it loaded.

import { BoardClock } from "./board-clock.js";
import { BoardCurve } from "./board-curve.js";
import { BoardRows } from "./board-rows.js";
import { BoardScreen } from "./board-screen.js";
import { BoardSocket } from "./board-socket.js";
import { BoardState } from "./board-state.js";
import { BoardTags } from "./board-tags.js";
import { ordinal, percent, timeOfDay } from "./board-text.js";

const STATUS_MS = 10000;
// Where one of these changes, the page has other columns.
const COLUMNS = ["audience", "ranked_by", "private", "ranges", "ladder"];

const board = document.getElementById("board");
const first = JSON.parse(document.getElementById("board-snapshot").textContent);
const find = (name) => board.querySelector(`[data-${name}]`);
const state = new BoardState(first);
const clock = new BoardClock(board, state, first.now);
const rows = new BoardRows(board, state);
const tags = new BoardTags(board, state);
const curve = new BoardCurve(board, state, () => clock.now());
const columns = COLUMNS.map((field) => state.header[field]).join();
rows.onReorder = announce;
show([...state.rows.keys()]);
const screen = document.body.classList.contains("screen") ? new BoardScreen(board, state, rows) : null;

const socket = new BoardSocket(board.dataset.socket, board.dataset.channel, {
  version: () => state.version,
  message: receive,
  gone: (changed) => (changed ? location.reload() : find("live-text").replaceChildren("This board is gone")),
});

function receive(message) {
  clock.hear();
  board.dataset.version = state.version;
  if (message.type === "heartbeat") clock.set(message.now);
  else if (message.type === "activity") restate(message.activity);
  else if (message.type === "progress") {
    state.progress(message);
    rows.progress(message.team);
  } else if (message.type === "delta") apply(message);
  else if (message.type === "snapshot") {
    state.take(message);
    show([...state.rows.keys()]);
  }
  board.dataset.version = state.version;
}

function apply(message) {
  const changed = state.apply(message);
  if (changed === null) socket.restart();
  else show(changed);
}

function restate(activity) {
  state.restate(activity);
  for (const team of state.rows.keys()) rows.progress(team);
}

function show(changed) {
  const { header } = state;
  if (COLUMNS.map((field) => header[field]).join() !== columns) {
    location.reload();
    return;
  }
  find("empty").hidden = state.rows.size > 0;
  find("window").hidden = find("curve-section").hidden = state.rows.size === 0;
  find("freeze").hidden = !header.frozen;
  find("pending").textContent = header.pending;
  if (header.freezes_at) find("frozen-at").textContent = timeOfDay(header.freezes_at, header.time_zone);
  rows.update(changed);
  tags.draw();
  curve.drawSoon();
}

// What people who do not see the movement should know: a new leader, and their own team.
let leader = state.ordered()[0]?.team;
let own = state.rows.get(board.dataset.own)?.rank_label;
let spoken = -Infinity;
let waiting = null;

function announce(ordered, before) {
  screen?.show();
  const news = [];
  const best = ordered[0];
  const led = best && best.team !== leader && best.score !== null;
  if (led) news.push(`${best.name} leads with ${percent(best.score)}`);
  leader = best?.team;
  const mine = state.rows.get(board.dataset.own);
  if (mine && mine.rank_label !== own) news.push(`Your team, ${mine.name}: ${ordinal(mine)}`);
  own = mine?.rank_label;
  if (news.length) speak(news.join(". "));
  if (led) screen?.tell(`${best.name} takes the lead with ${percent(best.score)}`);
  else tellRise(ordered, before);
}

function tellRise(ordered, before) {
  const risen = ordered
    .map((row, at) => ({ row, by: (before.get(row.team)?.at ?? at) - at }))
    .filter(({ row, by }) => by > 0 && row.score !== null)
    .sort((a, b) => b.by - a.by)[0];
  if (risen) screen?.tell(`${risen.row.name} rises to ${risen.row.rank_label} with ${percent(risen.row.score)}`);
}

function speak(text) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    spoken = performance.now();
    find("status").textContent = text;
  }, Math.max(0, spoken + STATUS_MS - performance.now()));
}
