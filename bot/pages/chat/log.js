/** The list of messages: what is shown, in which order, and where it is scrolled to. */

import { element } from "./dom.js";
import { messageNode, setActive } from "./message.js";
import { outgoingNode, updateOutgoing } from "./outgoing.js";
import { dayName } from "./times.js";

/** Within this many pixels of the end, the list follows new messages. */
const NEAR = 120;

export class Log {
  #list;
  #scroller;
  #newer;
  #actions;
  #shown = new Set();
  #outgoing = new Map();
  #lastDay = "";
  #atEnd = true;

  /**
   * @param {{list: HTMLElement, scroller: HTMLElement, newer: HTMLButtonElement}} parts
   * @param {{choose: Function, retry: Function, amend: Function, conversation: () => string|null}} actions
   */
  constructor({ list, scroller, newer }, actions) {
    this.#list = list;
    this.#scroller = scroller;
    this.#newer = newer;
    this.#actions = actions;
    newer.addEventListener("click", () => {
      this.toEnd();
      scroller.focus({ preventScroll: true });
    });
    scroller.addEventListener("scroll", () => {
      this.#atEnd = this.#isNearEnd();
      if (this.#atEnd) newer.hidden = true;
    });
    new ResizeObserver(() => this.settle()).observe(scroller);
  }

  get empty() {
    return this.#list.children.length === 0;
  }

  has(id) {
    return this.#shown.has(id);
  }

  /** Show the messages that are not shown yet; true if there was one. */
  add(messages) {
    const fresh = messages.filter(({ id }) => !this.#shown.has(id));
    if (!fresh.length) return false;
    const follow = this.#atEnd;
    const [first] = fresh.map((message) => this.#append(message)).filter(Boolean);
    this.#refreshChoices();
    if (follow && first) this.#reveal(first);
    else this.#newer.hidden = false;
    return true;
  }

  /** Show `messages` in place of everything but what is still unsent. */
  replace(messages) {
    const unsent = [...this.#outgoing.values()].filter(({ turn }) => turn.state !== "sent");
    const follow = this.#atEnd;
    const place = this.#scroller.scrollTop;
    const stored = new Set(messages.map((message) => message.client_id));
    this.#list.setAttribute("aria-live", "off");
    this.#list.replaceChildren();
    this.#shown.clear();
    this.#outgoing.clear();
    this.#lastDay = "";
    for (const message of messages) this.#append(message);
    for (const { turn } of unsent) if (!stored.has(turn.id)) this.#appendOutgoing(turn);
    this.#refreshChoices();
    if (follow) this.toEnd();
    else this.#scroller.scrollTop = place;
    // A screen reader should not read the whole conversation again.
    setTimeout(() => this.#list.setAttribute("aria-live", "polite"), 300);
  }

  /** True where `messages` holds something that is not shown, from here or from another tab. */
  lacks(messages) {
    const mine = messages.filter(({ author, text }) => author === "customer" && text).length;
    const sent = this.#list.querySelectorAll(".message-customer:not([data-unsent])").length;
    return mine !== sent || messages.some(({ id, author }) => author !== "customer" && !this.#shown.has(id));
  }

  /** Show a turn of the customer before it has arrived, or show how it is getting on. */
  track(turn) {
    const entry = this.#outgoing.get(turn.id);
    if (entry) {
      updateOutgoing(entry.node, turn, this.#actions);
      this.settle();
      return;
    }
    if (turn.state === "sent") return;
    this.#appendOutgoing(turn);
    this.#refreshChoices();
    this.toEnd();
  }

  /** Take away a turn whose text went back into the text box. */
  drop(turn) {
    this.#outgoing.get(turn.id)?.node.remove();
    this.#outgoing.delete(turn.id);
  }

  /** Stay at the end although room was lost or letters have grown. */
  settle() {
    if (this.#atEnd) this.toEnd();
  }

  toEnd() {
    this.#newer.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#showScroller();
    this.#atEnd = true;
  }

  #append(message) {
    this.#shown.add(message.id);
    if (!message.text) return null;
    this.#divide(message.at);
    const node = messageNode(message, this.#actions.choose, this.#actions.conversation());
    this.#list.append(node);
    return node;
  }

  #appendOutgoing(turn) {
    this.#divide(new Date().toISOString());
    const node = outgoingNode(turn, this.#actions);
    this.#outgoing.set(turn.id, { turn, node });
    this.#list.append(node);
  }

  #divide(at) {
    const day = dayName(at);
    if (day === this.#lastDay) return;
    this.#lastDay = day;
    this.#list.append(element("p", { className: "day", textContent: day }));
  }

  #refreshChoices() {
    let open = true;
    for (const node of [...this.#list.querySelectorAll(".message")].reverse()) {
      const group = node.querySelector(".choices");
      if (group) setActive(group, open);
      if (group || node.matches(".message-customer, .message-agent")) open = false;
    }
  }

  #isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** A long answer is read from its beginning, so that is what is scrolled to. */
  #reveal(node) {
    const top = node.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
    this.#scroller.scrollTop += top - 16;
    this.#showScroller();
    this.#atEnd = this.#isNearEnd();
  }

  /** On the smallest screens the frame scrolls too. */
  #showScroller() {
    const frame = this.#scroller.parentElement;
    frame.scrollTop = frame.scrollHeight;
  }
}
