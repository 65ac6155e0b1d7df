/** The two lists on the left: who waits, and whom this agent serves. */

import { element, reconcile } from "/static/chat/dom.js";
import { exactly } from "/static/chat/times.js";
import { chipsFor } from "./chips.js";

const part = (id) => document.getElementById(id);

export class Lists {
  #queue = { waiting: [], mine: [] };
  #received = 0;
  /** How much of the server's unread count this agent has seen, by conversation. */
  #seen = new Map();
  #open = null;
  #accept;
  #choose;

  /** @param {{accept: (id: number) => void, choose: (conversation: number) => void}} actions */
  constructor({ accept, choose }) {
    this.#accept = accept;
    this.#choose = choose;
    setInterval(() => this.#tick(), 1000);
  }

  get waiting() {
    return this.#queue.waiting;
  }

  get mine() {
    return this.#queue.mine;
  }

  /** @param {import("./api.js").Queue} queue */
  show(queue) {
    this.#queue = queue;
    this.#received = performance.now();
    this.#render();
  }

  /** @param {number|null} conversation the one on the right */
  mark(conversation) {
    this.#open = conversation;
    this.#render();
  }

  #render() {
    const { waiting, mine } = this.#queue;
    document.title = `${waiting.length ? `(${waiting.length} 人等待) ` : ""}人工坐席 · 消保小宝`;
    part("waiting-count").textContent = waiting.length;
    part("mine-count").textContent = mine.length;
    part("queue-empty").hidden = waiting.length > 0;
    part("mine-empty").hidden = mine.length > 0;
    reconcile(part("queue"), waiting, ({ id }) => id, () => this.#newWaiting(), updateWaiting);
    reconcile(part("mine"), mine, ({ id }) => id, () => this.#newMine(), (row, handoff) => this.#updateMine(row, handoff));
    this.#tick();
  }

  #newWaiting() {
    const row = element("li", { className: "waiting", "data-testid": "waiting" },
      element("p", { className: "row-top" },
        element("span", { className: "name" }),
        element("span", { className: "age", "data-testid": "age" })),
      element("p", { className: "chips" }),
      element("p", { className: "reason" }),
      element("p", { className: "last" }));
    row.append(element("button", {
      type: "button", className: "primary accept", textContent: "接入", "data-testid": "accept",
      onclick: () => this.#accept(Number(row.dataset.key)),
    }));
    return row;
  }

  #newMine() {
    const row = element("li", { "data-testid": "mine-row" });
    row.append(element("button", { type: "button", className: "row", onclick: () => this.#choose(Number(row.dataset.conversation)) },
      element("span", { className: "row-top" },
        element("span", { className: "name" }),
        element("span", { className: "unread", "data-testid": "unread" })),
      element("span", { className: "chips" }),
      element("span", { className: "last" })));
    return row;
  }

  #updateMine(row, handoff) {
    const { conversation, customer, last } = handoff;
    const open = conversation === this.#open;
    const place = this.#queue.mine.indexOf(handoff) + 1;
    const unread = this.#unread(handoff, open);
    row.dataset.conversation = conversation;
    row.firstElementChild.setAttribute("aria-current", String(open));
    row.querySelector(".name").textContent = place <= 9 ? `${place}. ${customer}` : customer;
    const badge = row.querySelector(".unread");
    badge.textContent = unread ? `${unread} 条未读` : "";
    badge.hidden = !unread;
    row.querySelector(".last").textContent = last || "（客户还没有说话）";
    row.querySelector(".chips").replaceChildren(...chipsFor(handoff));
  }

  #unread({ conversation, unread }, open) {
    const seen = open && document.visibilityState === "visible" ? unread : (this.#seen.get(conversation) ?? 0);
    this.#seen.set(conversation, Math.min(seen, unread));
    return Math.max(0, unread - seen);
  }

  #tick() {
    const passed = (performance.now() - this.#received) / 1000;
    [...part("queue").children].forEach((row, place) => {
      const age = this.#queue.waiting[place]?.waiting_s + passed;
      row.querySelector(".age").textContent = `等了 ${exactly(age)}`;
    });
  }
}

function updateWaiting(row, handoff) {
  const { customer, reason, last, urgency } = handoff;
  row.dataset.urgency = urgency;
  row.querySelector(".name").textContent = customer;
  row.querySelector(".reason").textContent = reason;
  row.querySelector(".last").textContent = last ? `“${last}”` : "";
  row.querySelector(".chips").replaceChildren(...chipsFor(handoff));
  row.querySelector("button").setAttribute("aria-label", `接入 ${customer}`);
}
