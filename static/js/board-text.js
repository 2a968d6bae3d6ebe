// How numbers are written; scoreboards/shown.py writes the same before this runs.

export const WORDS = { waiting: "waiting", pending: "pending", errored: "platform error" };

export const percent = (score) => (score === null || score === undefined ? "" : (100 * score).toFixed(1));

export const error = (stderr) => (stderr === null || stderr === undefined ? "" : ` ± ${percent(stderr)}`);

export const count = (number) => number.toLocaleString("en");

export const behind = (score, best) =>
  score === null || best === null || best === undefined || score === best ? "" : `−${percent(best - score)}`;

export const ordinal = (row) => (row.rank_label ? `rank ${row.rank_label.replace("=", ", shared")}` : "no rank");

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
