/** Unsent replies, one for each conversation of each agent, until the tab closes. */

import { passing } from "/static/chat/memory.js";

export class Drafts {
  #drawer;

  /** @param {string} login */
  constructor(login) {
    this.#drawer = `desk.drafts.${login}`;
  }

  /** @param {number} conversation */
  read(conversation) {
    return this.#all[conversation] ?? "";
  }

  write(conversation, text) {
    const { [conversation]: _, ...others } = this.#all;
    this.#all = text ? { ...others, [conversation]: text } : others;
  }

  clear() {
    this.#all = {};
  }

  get #all() {
    return JSON.parse(passing.read(this.#drawer) ?? "{}");
  }

  set #all(drafts) {
    passing.write(this.#drawer, Object.keys(drafts).length ? JSON.stringify(drafts) : null);
  }
}
