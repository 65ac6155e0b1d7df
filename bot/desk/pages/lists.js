/** The lists on the left: who waits, whom this agent serves, and whom the colleagues serve. */

import { element, reconcile } from "/static/chat/dom.js";
import { exactly } from "/static/chat/times.js";
import { chip, chipsFor } from "./chips.js";

const part = (id) => document.getElementById(id);

export class Lists {
  #queue = { waiting: [], total: 0, mine: [], live: [] };
  #received = 0;
  /** How much of the server's unread count this agent has seen, by conversation. */
  #seen = new Map();
  #open = null;
  #accept;
  #choose;
  #me = 0;

  /** @param {{accept: (id: number) => void, choose: (conversation: number) => void}} actions */
  constructor({ accept, choose }) {
    this.#accept = accept;
    this.#choose = choose;
    setInterval(() => this.#tick(), 1000);
  }

  /** @param {{id: number, roles: string[]}} agent */
  use({ id, roles }) {
    this.#me = id;
    part("live-part").hidden = !roles.includes("supervisor");
  }

  get waiting() {
    return this.#queue.waiting;
  }

  get mine() {
    return this.#queue.mine;
  }

  /** @param {Partial<import("./api.js").Queue>} news what has changed */
  show(news) {
    this.#queue = { ...this.#queue, ...news };
    if (news.waiting) this.#received = performance.now();
    this.#render();
  }

  /** A message has come: the server counts what is unread only when it lists whom the agent has. */
  hear(conversation, { author, text }) {
    const mine = this.#queue.mine.map((one) => {
      if (one.conversation !== conversation) return one;
      if (author !== "customer") return { ...one, unread: author === "agent" ? 0 : one.unread };
      return { ...one, unread: one.unread + 1, last: text };
    });
    this.show({ mine });
  }

  /** @param {number|null} conversation the one on the right */
  mark(conversation) {
    this.#open = conversation;
    this.#render();
  }

  #render() {
    const { waiting, total, mine, live = [] } = this.#queue;
    const others = live.filter(({ id }) => !mine.some((one) => one.id === id));
    document.title = `${total ? `(${total} 人等待) ` : ""}人工坐席 · 消保小宝`;
    part("waiting-count").textContent = total;
    part("queue-more").hidden = total <= waiting.length;
    part("queue-more").textContent = `后面还有 ${total - waiting.length} 位。`;
    part("live-count").textContent = others.length;
    part("live-empty").hidden = others.length > 0;
    reconcile(part("live"), others, ({ id }) => id, () => this.#newRow("live-row"), (row, handoff) => this.#updateLive(row, handoff));
    part("mine-count").textContent = mine.length;
    part("queue-empty").hidden = waiting.length > 0;
    part("mine-empty").hidden = mine.length > 0;
    reconcile(part("queue"), waiting, ({ id }) => id, () => this.#newWaiting(), (row, handoff) => updateWaiting(row, handoff, this.#me));
    reconcile(part("mine"), mine, ({ id }) => id, () => this.#newRow("mine-row"), (row, handoff) => this.#updateMine(row, handoff));
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

  #newRow(testid) {
    const row = element("li", { "data-testid": testid });
    row.append(element("button", { type: "button", className: "row", onclick: () => this.#choose(Number(row.dataset.conversation)) },
      element("span", { className: "row-top" },
        element("span", { className: "name" }),
        element("span", { className: "unread", "data-testid": "unread" })),
      element("span", { className: "chips" }),
      element("span", { className: "last" })));
    return row;
  }

  #updateLive(row, handoff) {
    const { conversation, customer, agent } = handoff;
    row.dataset.conversation = conversation;
    row.firstElementChild.setAttribute("aria-current", String(conversation === this.#open));
    row.querySelector(".name").textContent = customer;
    row.querySelector(".unread").hidden = true;
    row.querySelector(".last").textContent = `${agent} 接待中`;
    row.querySelector(".chips").replaceChildren(...chipsFor(handoff));
  }

  #updateMine(row, handoff) {
    const { conversation, customer, last, attended, agent, agent_id: agentId } = handoff;
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
    if (!attended) row.querySelector(".chips").prepend(chip("30 秒内请回复", "hurry"));
    if (agentId !== this.#me) row.querySelector(".chips").prepend(chip(`和 ${agent} 一起`, "channel"));
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

function updateWaiting(row, handoff, me) {
  const { customer, reason, last, urgency, wanted, team } = handoff;
  row.dataset.urgency = urgency;
  row.querySelector(".name").textContent = customer;
  row.querySelector(".reason").textContent = reason;
  row.querySelector(".last").textContent = last ? `“${last}”` : "";
  row.querySelector(".chips").replaceChildren(...chipsFor(handoff));
  if (wanted) row.querySelector(".chips").prepend(chip(wanted === me ? "转给您" : "转给同事", "hurry"));
  if (team) row.querySelector(".chips").prepend(chip(`转给${team}组`, "hurry"));
  row.querySelector("button").setAttribute("aria-label", `接入 ${customer}`);
}
