// Each team's best score over time: the leader white, five in colour, the rest grey.

import { percent, timeOfDay } from "./board-text.js";

const LEADER = { stroke: "#FFFFFF", width: 6, dash: [] };
const HIGHLIGHTS = [
  { stroke: "#56B4E9", dash: [] },
  { stroke: "#2BC49A", dash: [14, 6] },
  { stroke: "#F0E442", dash: [4, 5] },
  { stroke: "#D55E00", dash: [18, 6, 4, 6], label: "#FF7A33" },
  { stroke: "#CC79A7", dash: [8, 8] },
].map((style) => ({ width: 4, ...style }));
const REST = { stroke: "#5B6673", width: 1.5, dash: [] };
const REDRAW_MS = 1000;
const TICK_MS = 15000;
// Steps of the time axis, from a minute to a week: labels name minutes.
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((minutes) => minutes * 60);

export class BoardCurve {
  constructor(board, state, now) {
    Object.assign(this, { board, state, now });
    this.plot = board.querySelector("[data-plot]");
    this.rises = board.querySelector("[data-rises]");
    this.screen = document.body.classList.contains("screen");
    new ResizeObserver(() => this.drawSoon()).observe(this.plot);
    setInterval(() => this.drawSoon(), TICK_MS);
    document.fonts?.ready.then(() => this.drawSoon());
  }

  // The size of one unit of the giant screen; elsewhere lines and letters are half as large.
  unit() {
    return this.screen ? innerHeight / 1080 : 0.5;
  }

  drawSoon() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.draw();
    }, this.chart ? REDRAW_MS : 0);
  }

  draw() {
    const rows = this.state.ordered().filter((row) => row.history.length);
    this.table(rows);
    const { clientWidth: width, clientHeight: height } = this.plot;
    this.chart?.destroy();
    this.chart = null;
    if (!globalThis.uPlot || !rows.length || width < 50 || height < 50) return;
    this.drawn = rows.map((row, at) => ({ row, ...(at ? HIGHLIGHTS[at - 1] || REST : LEADER) })).reverse();
    const [from, to] = this.span(rows);
    this.chart = new globalThis.uPlot(this.options(width, height, from, to), this.data(from, to), this.plot);
  }

  span(rows) {
    const points = rows.flatMap((row) => row.history.map(([at]) => at));
    const first = Math.min(...points);
    const end = this.state.header.closes_at;
    const last = Math.max(...points);
    // A rise of just now still shows where it leads.
    const to = Math.max(Math.min(this.now(), end || Infinity), last + (last - first) * 0.04, first + 60);
    return [first - (to - first) * 0.03, to];
  }

  data(from, to) {
    const times = new Set([from, to]);
    for (const { row } of this.drawn) for (const [at] of row.history) times.add(at);
    const xs = [...times].sort((a, b) => a - b);
    return [xs, ...this.drawn.map(({ row }) => this.stepped(row.history, xs))];
  }

  // The best score at each moment; nothing before the first.
  stepped(history, xs) {
    let next = 0;
    let best = null;
    return xs.map((x) => {
      while (next < history.length && history[next][0] <= x) best = 100 * history[next++][1];
      return best;
    });
  }

  options(width, height, from, to) {
    const u = this.unit();
    const letters = this.screen ? Math.round(22 * u) : 13;
    const font = `${letters}px system-ui, "DejaVu Sans", sans-serif`;
    const axis = { stroke: "#C9D1D9", font, labelFont: font, ticks: { show: false }, grid: { stroke: "#1A2430", width: 1 } };
    const zone = this.state.header.time_zone;
    const times = (_, values) => values.map((value) => timeOfDay(value, zone));
    return {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      padding: [letters, Math.min(width * 0.34, letters * 11), 0, 0],
      scales: {
        x: { time: true, range: [from, to] },
        y: { range: (_, low, high) => [Math.max(0, Math.floor((low - 4) / 10) * 10), Math.min(100, Math.ceil((high + 3) / 10) * 10)] },
      },
      axes: [
        { ...axis, values: times, incrs: TIME_STEPS, space: letters * 5, size: letters * 2.1, label: `Time (${zone})`, labelSize: letters * 1.7 },
        { ...axis, size: letters * 2.9, label: "Best score, %", labelSize: letters * 1.7, incrs: [5, 10, 20, 25, 50] },
      ],
      series: [{}, ...this.drawn.map((line) => this.series(line, u))],
      hooks: { drawClear: [(chart) => this.hatch(chart, to)], draw: [(chart) => this.labels(chart, font, letters)] },
    };
  }

  series({ stroke, width, dash }, u) {
    return {
      stroke,
      width: Math.max(1, width * u),
      dash: dash.map((length) => length * Math.max(u, 0.5)),
      spanGaps: true,
      points: { show: false },
      paths: globalThis.uPlot.paths.stepped({ align: 1 }),
    };
  }

  // The time after the freeze, when nobody but judges sees a score.
  hatch(chart, to) {
    const { freezes_at: freeze, state } = this.state.header;
    if (!freeze || freeze >= to || state === "published") return;
    const { ctx } = chart;
    const { left, top, width, height } = chart.bbox;
    const start = Math.max(left, chart.valToPos(freeze, "x", true));
    ctx.save();
    ctx.beginPath();
    ctx.rect(start, top, left + width - start, height);
    ctx.clip();
    ctx.strokeStyle = "rgb(169 214 245 / 22%)";
    ctx.lineWidth = devicePixelRatio;
    const step = 14 * devicePixelRatio;
    ctx.beginPath();
    for (let x = start - height; x < left + width; x += step) {
      ctx.moveTo(x, top + height);
      ctx.lineTo(x + height, top);
    }
    ctx.stroke();
    ctx.restore();
  }

  // Names at the ends of the highlighted lines, pushed apart where they would collide.
  labels(chart, font, letters) {
    const { ctx } = chart;
    const scale = devicePixelRatio;
    const { left, width, top, height } = chart.bbox;
    const step = letters * 1.3 * scale;
    const ends = this.drawn
      .filter((line) => line.width > REST.width)
      .map((line) => ({ ...line, y: chart.valToPos(100 * line.row.history.at(-1)[1], "y", true) }))
      .sort((a, b) => a.y - b.y || a.row.position - b.row.position);
    const lowest = top + height;
    ends.forEach((end, at) => { end.at = at ? Math.max(end.y, ends[at - 1].at + step) : end.y; });
    for (let at = ends.length - 1; at >= 0; at -= 1) {
      ends[at].at = Math.min(ends[at].at, lowest - (ends.length - 1 - at) * step);
    }
    ctx.save();
    ctx.font = font.replace(/^\d+/, Math.round(letters * scale));
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    const room = chart.ctx.canvas.width - left - width - letters * scale;
    for (const end of ends) {
      ctx.fillStyle = end.label || end.stroke;
      ctx.fillText(fit(ctx, end.row.name, room), left + width + letters * 0.5 * scale, end.at);
    }
    ctx.restore();
  }

  table(rows) {
    const zone = this.state.header.time_zone;
    const lines = rows.map((row) => {
      const line = document.createElement("tr");
      const team = document.createElement("th");
      const rises = document.createElement("td");
      team.scope = "row";
      team.textContent = row.name;
      rises.textContent = row.history.map(([at, score]) => `${percent(score)} at ${timeOfDay(at, zone)}`).join(", ");
      line.append(team, rises);
      return line;
    });
    this.rises.replaceChildren(...lines);
  }
}

function fit(ctx, name, room) {
  if (ctx.measureText(name).width <= room) return name;
  const letters = [...name];
  while (letters.length && ctx.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}
