/** Delivers the customer's turns: in order, again when the network fails, and 转人工 at once. */

import { Offline, Refused } from "./http.js";

/** Seconds between the attempts of an ordinary turn, after which the customer is asked. */
const PAUSES = [1, 2, 4, 8];
/** A call for a human is not given up so soon. */
const URGENT_PAUSES = [1, 1, 2, 2, 3, 5, 5, 5, 10, 10, 10, 10, 10, 10];

/**
 * @typedef {{id: string, text?: string, payload?: string, file?: File, sent?: number, attachments?: object[], shown: string, urgent?: boolean,
 *   quiet?: boolean, state?: "sending"|"retrying"|"failed"|"sent", trouble?: Error}} Turn
 *   shown: what stands in the customer's bubble; quiet turns have none. sent: the share of a file that has gone.
 */
export class Outbox {
  #post;
  #answered;
  #changed;
  #queue = [];
  #draining = false;
  #underway = new Set();
  #sleepers = new Set();

  /**
   * @param {{post: (turn: Turn) => Promise<object>, answered: (turn: Turn, answer: object) => void,
   *   changed: (turn: Turn) => void}} parts
   */
  constructor({ post, answered, changed }) {
    this.#post = post;
    this.#answered = answered;
    this.#changed = changed;
    window.addEventListener("online", () => this.hurry());
  }

  get busy() {
    return this.#underway.size > 0 || this.#queue.length > 0;
  }

  /** True while an answer is being waited for, and not the network. */
  get working() {
    return this.busy && ![...this.#underway].some((turn) => turn.state === "retrying");
  }

  /** The urgent turn that is on its way, if there is one. */
  get urgent() {
    return [...this.#underway].find((turn) => turn.urgent);
  }

  /** @param {Turn} turn */
  send(turn) {
    if (turn.urgent) this.#underway.add(turn);
    else this.#queue.push(turn);
    this.#become(turn, "sending");
    if (turn.urgent) this.#deliver(turn);
    else this.#drain();
  }

  /** Try again now whatever is pausing. */
  hurry() {
    for (const wake of [...this.#sleepers]) wake();
  }

  async #drain() {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#queue.length) await this.#deliver(this.#queue.shift());
    this.#draining = false;
  }

  async #deliver(turn) {
    this.#underway.add(turn);
    const answer = await this.#attempt(turn);
    this.#underway.delete(turn);
    this.#become(turn, answer ? "sent" : "failed");
    if (answer) this.#answered(turn, answer);
  }

  async #attempt(turn) {
    const pauses = turn.urgent ? URGENT_PAUSES : PAUSES;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#post(turn);
      } catch (error) {
        turn.trouble = error;
        if (attempt >= pauses.length || !this.#worthAnother(turn, error)) return null;
        this.#become(turn, "retrying");
        await this.#pause(pauses[attempt]);
      }
    }
  }

  #worthAnother(turn, error) {
    if (error instanceof Offline) return true;
    return turn.urgent && error instanceof Refused && error.passing;
  }

  #become(turn, state) {
    turn.state = state;
    this.#changed(turn);
  }

  #pause(seconds) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, seconds * 1000);
      this.#sleepers.add(wake);
    });
  }
}
