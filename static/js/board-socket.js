// A socket that comes back by itself and asks for what came after the last number.

const QUIET_MS = 12000; // the server's heartbeat comes every 5 s: a silent socket is a dead one
const LONGEST_WAIT_MS = 4500;
const GONE = 4404;
const CHANGED = 4409;

export class BoardSocket {
  constructor(path, channel, { version, message, gone }) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}${path}?channel=${encodeURIComponent(channel)}`;
    Object.assign(this, { version, message, gone, tries: 0, fresh: false });
    this.connect();
    addEventListener("online", () => this.again(0));
    addEventListener("pageshow", (event) => event.persisted && this.again(0));
  }

  connect() {
    const from = this.fresh ? "" : `&since=${this.version()}`;
    this.fresh = false;
    const socket = new WebSocket(this.address + from);
    this.socket = socket;
    socket.addEventListener("message", (event) => {
      if (this.socket !== socket) return;
      this.tries = 0;
      this.listen();
      this.message(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => this.socket === socket && this.closed(event.code));
    this.listen();
  }

  // Forget the number: only a snapshot helps.
  restart() {
    this.fresh = true;
    this.again(0);
  }

  listen() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.again(0), QUIET_MS);
  }

  closed(code) {
    clearTimeout(this.quiet);
    if (code === GONE || code === CHANGED) {
      this.gone(code === CHANGED);
      return;
    }
    const wait = Math.min(LONGEST_WAIT_MS, 250 * 2 ** this.tries);
    this.tries += 1;
    this.again(wait * (0.5 + Math.random() / 2));
  }

  again(wait) {
    clearTimeout(this.timer);
    clearTimeout(this.quiet);
    this.timer = setTimeout(() => {
      const old = this.socket;
      this.socket = null;
      if (old) old.close();
      this.connect();
    }, wait);
  }
}
