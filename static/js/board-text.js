// How numbers are written; scoreboards/shown.py writes the same before this runs.

export const WORDS = { waiting: "waiting", pending: "pending", errored: "platform error" };

export const percent = (score) => (score === null || score === undefined ? "" : (100 * score).toFixed(1));

export const error = (stderr) => (stderr === null || stderr === undefined ? "" : ` ± ${percent(stderr)}`);

export const count = (number) => number.toLocaleString("en");

export const behind = (score, best) =>
  score === null || best === null || best === undefined || score === best ? "" : `−${percent(best - score)}`;

// The ranks that the results do not exclude, where they are several.
export const range = (row) => span(row.rank_best, row.rank_worst);

export const privateRange = (row) => span(row.private_rank_best, row.private_rank_worst);

const span = (best, worst) => (best === worst ? "" : `(${best}–${worst})`);

export const isTied = (row) => row.band_first !== row.band_last;

export const band = (row) => (isTied(row) ? `tie band of places ${row.band_first} to ${row.band_last}` : "");

export const luck = (row) => (row.luck ? percent(row.luck) : "");

export function ordinal(row) {
  if (!row.rank_label) return "no rank";
  const possible = range(row) && `, possibly ${row.rank_best} to ${row.rank_worst}`;
  return `rank ${row.rank_label.replace("=", ", shared")}${possible}`;
}

export function timeOfDay(epoch, zone) {
  const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", shown).format(epoch * 1000);
}

// Seconds as "2d 03:04:05" or "03:04:05".
export function duration(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const days = Math.floor(left / 86400);
  const clock = [left / 3600 % 24, left / 60 % 60, left % 60].map((n) => two(Math.floor(n))).join(":");
  return days ? `${days}d ${clock}` : clock;
}
