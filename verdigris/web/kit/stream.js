/**
 * One WebSocket for everything that this tab watches.
 *
 * Watched are addresses of the administration API: the server asks itself once a second for all tabs together, and
 * sends an answer when it has changed. Where the socket is refused, or lost, the same addresses are asked for every
 * few seconds, so that nothing but the pace differs. It rests while the tab is hidden.
 */

import { Problem, getList, send } from "./api.js";

const POLL = 3000;
const LONGEST = 30000;

/** @typedef {{data?: any, total?: number, problem: Problem | null}} Answer */

class Stream {
  constructor() {
    /** @type {Map<string, {id: number, listeners: Set<(answer: Answer) => void>, last?: Answer}>} */
    this.watched = new Map();
    this.next = 1;
    this.wait = 1000;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.state = "waiting";
    /** @type {Set<(state: string) => void>} */
    this.stateListeners = new Set();
    document.addEventListener("visibilitychange", () => (document.hidden ? this.rest() : this.begin()));
  }

  /** Begin, now that somebody is signed in. */
  begin() {
    if (this.socket || document.hidden || !this.watched.size) return; // with nothing to watch the last state stays
    clearTimeout(this.retry);
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/stream");
    this.socket = socket;
    socket.onopen = () => {
      this.wait = 1000;
      this.tell("live");
      for (const [path, { id }] of this.watched) this.say({ watch: path, id });
    };
    socket.onmessage = ({ data }) => this.heard(JSON.parse(data));
    socket.onclose = () => this.lost(socket);
    this.poll();
  }

  /** Rest while nobody looks. */
  rest() {
    const socket = this.socket;
    this.socket = null;
    clearTimeout(this.retry);
    clearTimeout(this.polling);
    if (socket) socket.close();
    this.tell("paused");
  }

  /** Begin again: somebody else is signed in. */
  restart() {
    this.rest();
    this.wait = 1000;
    this.tell("waiting");
    this.begin();
  }

  lost(socket) {
    if (this.socket !== socket) return;
    this.socket = null;
    this.tell("polling");
    this.poll();
    this.retry = setTimeout(() => this.begin(), this.wait * (0.5 + Math.random()));
    this.wait = Math.min(LONGEST, this.wait * 2);
  }

  /**
   * Watch an address.
   * @param {string} path
   * @param {(answer: Answer) => void} listener
   * @returns {() => void} to end it
   */
  watch(path, listener) {
    let one = this.watched.get(path);
    if (!one) {
      one = { id: this.next++, listeners: new Set() };
      this.watched.set(path, one);
      this.say({ watch: path, id: one.id });
      this.ask(path);
    } else if (one.last) listener(one.last);
    one.listeners.add(listener);
    this.begin();
    const watched = one;
    return () => {
      watched.listeners.delete(listener);
      if (!watched.listeners.size && this.watched.get(path) === watched) {
        this.watched.delete(path);
        this.say({ unwatch: watched.id });
      }
    };
  }

  say(message) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  heard(message) {
    for (const [path, { id }] of this.watched) {
      if (id !== message.id) continue;
      if (message.problem) this.give(path, { problem: new Problem(message.status, message.problem) });
      else this.give(path, { data: message.body, total: message.total, problem: null });
    }
  }

  give(path, answer) {
    const one = this.watched.get(path);
    if (!one) return;
    one.last = { ...one.last, ...answer };
    one.listeners.forEach((it) => it(answer));
  }

  async ask(path) {
    try {
      const { rows, total } = await getList(path);
      this.give(path, { data: rows, total, problem: null });
      if (this.state === "stopped") this.tell("polling");
    } catch (problem) {
      this.give(path, { problem });
      if (problem.status === 0) this.tell("stopped");
    }
  }

  /** Ask for everything, as long as nothing is pushed. */
  poll() {
    clearTimeout(this.polling);
    this.polling = setTimeout(async () => {
      if (document.hidden || this.state === "live") return;
      await Promise.all([...this.watched.keys()].map((path) => this.ask(path)));
      this.poll();
    }, POLL);
  }

  tell(state) {
    if (this.state === state) return;
    this.state = state;
    this.stateListeners.forEach((it) => it(state));
  }
}

export const stream = new Stream();

/** Sign out: end the login, and forget it here. */
export async function signOut() {
  await send("POST", "/logout");
  stream.rest();
}
