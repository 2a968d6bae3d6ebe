// A giant screen: pages of twelve rows, and a ticker.

const ROWS = 12;
const FIRST_MS = 20000;
const OTHER_MS = 8000;
const DWELL_MS = 6000;
const NEWS_KEPT = 4;

export class BoardScreen {
  constructor(board, state, rows) {
    Object.assign(this, { state, rows, at: 0, news: [], said: -1 });
    this.number = board.querySelector("[data-page-number]");
    this.ticker = board.querySelector("[data-ticker]");
    this.turn(0);
    setInterval(() => this.say(), DWELL_MS);
  }

  turn(page) {
    const pages = Math.max(1, Math.ceil(this.rows.order.length / ROWS));
    this.at = page % pages;
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.turn(this.at + 1), this.at ? OTHER_MS : FIRST_MS);
  }

  show() {
    const total = this.rows.order.length;
    const first = this.at * ROWS;
    this.rows.page = { first, last: first + ROWS - 1 };
    this.rows.showPage();
    const shown = `${first + 1}–${Math.min(first + ROWS, total)} of ${total}`;
    this.number.textContent = total > ROWS ? shown : total === 1 ? "1 team" : `${total} teams`;
  }

  tell(news) {
    this.news = [news, ...this.news].slice(0, NEWS_KEPT);
    this.said = -1;
    this.say();
  }

  lines() {
    const running = this.state.running().filter((run) => run.state !== "queued");
    const lines = [...this.news];
    if (running.length) lines.push(running.length === 1 ? "1 evaluation is running" : `${running.length} evaluations are running`);
    const tasks = this.state.header.ranked_by === "private" ? "private" : "public";
    lines.push(`The score is in percent of the ${tasks} tasks, ± one standard error`);
    if (this.state.header.ladder) lines.push("A Ladder: the score rises only where a run is better beyond its own noise");
    if (this.state.header.ranges) lines.push("2 (1–4): the results exclude no rank from 1 to 4, for all teams at once with 95 % confidence");
    lines.push("≈ and the bracket: the results do not tell these teams apart · 2= shares a rank");
    return lines;
  }

  say() {
    const lines = this.lines();
    this.said = (this.said + 1) % lines.length;
    if (this.ticker.textContent === lines[this.said]) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const fade = { duration: calm ? 0 : 250, fill: "forwards" };
    this.ticker.animate([{ opacity: 1 }, { opacity: 0 }], fade).onfinish = () => {
      this.ticker.textContent = lines[this.said] || lines[0];
      this.ticker.animate([{ opacity: 0 }, { opacity: 1 }], fade);
    };
  }
}
