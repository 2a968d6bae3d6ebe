// The board as it is now: a snapshot, the numbered deltas since, and what is being evaluated.

export class BoardState {
  constructor(message) {
    this.take(message);
  }

  take(message) {
    this.version = message.version;
    this.header = message.board.header || {};
    this.rows = new Map((message.board.rows || []).map((row) => [row.team, row]));
    this.restate(message.activity || []);
  }

  // The teams whose rows changed; null where the delta is not the next one.
  apply({ version, board }) {
    if (version <= this.version) return [];
    if (version !== this.version + 1) return null;
    this.version = version;
    Object.assign(this.header, board.header || {});
    for (const team of board.removed || []) this.rows.delete(team);
    for (const row of board.rows || []) this.rows.set(row.team, row);
    return (board.rows || []).map((row) => row.team);
  }

  progress(run) {
    const runs = this.activity.get(run.team) || new Map();
    if (run.ended) runs.delete(run.number);
    else runs.set(run.number, run);
    this.activity.set(run.team, runs);
  }

  restate(activity) {
    this.activity = new Map();
    for (const run of activity) this.progress(run);
  }

  // Of a team the evaluation that is furthest.
  doing(team) {
    const runs = [...(this.activity.get(team)?.values() || [])];
    return runs.reduce((best, run) => (!best || run.done > best.done ? run : best), null);
  }

  running() {
    return [...this.activity.keys()].map((team) => this.doing(team)).filter(Boolean);
  }

  ordered() {
    return [...this.rows.values()].sort((a, b) => a.position - b.position);
  }
}
