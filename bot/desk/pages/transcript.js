/** What was said, with days and times, and the agent's own words on their way. */

import { element } from "/static/chat/dom.js";
import { clockTime, dayName } from "/static/chat/times.js";
import { attachedNode } from "./attached.js";
import { CHANNELS } from "./chips.js";

/** What stands for files where only words can stand. */
const MARKS = /^(?:［[^［］]+］)+$/;
const NAMES = { customer: "客户", bot: "小宝", system: "系统", desk: "仅坐席可见" };

export class Transcript {
  #list;
  #shown = new Set();
  #unsent = new Map();
  #lastDay = "";
  #reveal;

  /**
   * @param {HTMLElement} list
   * @param {(message: number) => Promise<string|undefined>} reveal the customer's words in full
   */
  constructor(list, reveal) {
    this.#list = list;
    this.#reveal = reveal;
  }

  /** @param {import("./api.js").Message[]} messages */
  replace(messages) {
    // A screen reader should hear what is new, not the whole conversation.
    this.#list.setAttribute("aria-live", "off");
    this.#list.replaceChildren();
    this.#shown.clear();
    this.#unsent.clear();
    this.#lastDay = "";
    for (const message of messages) this.#append(message);
    this.#toEnd();
    setTimeout(() => this.#list.setAttribute("aria-live", "polite"), 300);
  }

  /** @param {import("./api.js").Message} message */
  add(message) {
    if (this.#shown.has(message.id)) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const follow = scrollHeight - scrollTop - clientHeight < 160;
    this.#append(message);
    // What is still on its way stays last.
    for (const node of this.#unsent.values()) this.#list.append(node);
    if (follow) this.#toEnd();
  }

  /** Show words before the server has them. @param {{id: string, text: string}} words */
  sending({ id, text }) {
    const at = new Date().toISOString();
    const node = messageNode({ author: "agent", text, at }, "我");
    node.dataset.unsent = "true";
    node.append(element("p", { className: "delivery", textContent: "正在发送" }));
    this.#unsent.get(id)?.remove();
    this.#unsent.set(id, node);
    this.#list.append(node);
    this.#toEnd();
  }

  /** @param {string} id @param {import("./api.js").Message} [message] as stored */
  sent(id, message) {
    this.#unsent.get(id)?.remove();
    this.#unsent.delete(id);
    if (message) this.add(message);
  }

  /** True where `message` is what an unsent node shows; then that node has done its work. */
  settle(message) {
    for (const [id, node] of this.#unsent) {
      if (message.author === "agent" && node.querySelector(".bubble").textContent === message.text) {
        this.sent(id);
        return;
      }
    }
  }

  failed(id, reason, retry) {
    this.#unsent.get(id)?.querySelector(".delivery")?.replaceChildren(
      `没有发出：${reason} `,
      element("button", { type: "button", className: "retry", textContent: "重试", "data-testid": "retry", onclick: retry }));
    this.#toEnd();
  }

  #append(message) {
    if (!message.text) return;
    this.#shown.add(message.id);
    const day = dayName(message.at);
    if (day !== this.#lastDay) this.#list.append(element("p", { className: "day", textContent: day }));
    this.#lastDay = day;
    const node = messageNode(message);
    if (message.masked) node.append(this.#revealButton(message, node));
    this.#list.append(node);
  }

  #revealButton({ id }, node) {
    const button = element("button", {
      type: "button", className: "reveal", textContent: "查看完整内容（记入日志）", "data-testid": "reveal",
      onclick: async () => {
        const text = await this.#reveal(id);
        if (text === undefined) return;
        node.querySelector(".bubble").textContent = text;
        button.remove();
      },
    });
    return button;
  }

  #toEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}

/** One message as the desk shows it. @param {import("./api.js").Message} message */
export function messageNode({ id, author, name, text, at, article, complaint, channel, attachments = [] }, who = nameOf(author, name)) {
  const notes = [
    article && `出处：${article.title} · ${article.sources.join("；")}`,
    complaint && `投诉编号 ${complaint.number} · ${complaint.state}`,
  ].filter(Boolean);
  const elsewhere = channel ? " message-elsewhere" : "";
  return element("div", { className: `message message-${author}${elsewhere}`, "data-testid": "message", "data-author": author, "data-id": id },
    element("p", { className: "who" },
      element("span", { className: "name", textContent: who }),
      channel && element("span", { className: "on-channel", textContent: `在${CHANNELS[channel] ?? channel}` }),
      element("time", { dateTime: at, textContent: clockTime(at) })),
    !(attachments.length && MARKS.test(text)) && element("p", { className: "bubble", textContent: text }),
    attachments.length > 0 && attachedNode(attachments),
    ...notes.map((note) => element("p", { className: "note", textContent: note })));
}

const nameOf = (author, name) => NAMES[author] ?? `客服 ${name ?? ""}`.trim();
