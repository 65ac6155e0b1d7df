/** The open conversation: who it is, what was said, and the reply. */

import * as api from "./api.js";
import { element } from "/static/chat/dom.js";
import { newId } from "/static/chat/http.js";
import { sendOnEnter, setText } from "/static/chat/textbox.js";
import { fullDate } from "/static/chat/times.js";
import { chipsFor } from "./chips.js";
import { twoPresses } from "./twopresses.js";
import { Transcript } from "./transcript.js";

const part = (id) => document.getElementById(id);
/** Where the complaints have a column of their own, they need not be opened first. */
const WIDE = matchMedia("(min-width: 75rem)");

export class Panel {
  #drafts;
  #transcript = new Transcript(part("transcript"));
  #id = null;
  #mine = false;
  /** Messages that came while the conversation was being fetched. */
  #early = [];
  /** Words that could not be sent and wait for the agent. */
  #failed = new Map();
  /** One reply after the other, in the order in which they were written. */
  #line = Promise.resolve();
  #attempt;
  #changed;
  #ended;
  #end;

  /**
   * @param {{attempt: Function, changed: (id: number|null) => void, ended: (id: number) => void}} parts
   *   attempt: runs a request and says what went wrong; undefined then
   */
  constructor({ attempt, changed, ended }) {
    this.#attempt = attempt;
    this.#changed = changed;
    this.#ended = ended;
    this.#end = twoPresses(part("end"), "再按一次结束", () => this.#finish());
    sendOnEnter(part("reply"), () => this.#submit());
    part("reply").addEventListener("input", () => this.#drafts.write(this.#id, part("reply").value));
    part("reply-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
      part("reply").focus();
    });
    part("back").addEventListener("click", () => {
      this.close();
      part("mine").querySelector("button")?.focus();
    });
  }

  get id() {
    return this.#id;
  }

  /** True where this agent may reply. */
  get mine() {
    return this.#mine;
  }

  /** @param {import("./drafts.js").Drafts} drafts */
  use(drafts) {
    this.#drafts = drafts;
  }

  /** Show a conversation, and put the cursor in the reply box. */
  async open(id) {
    if (id !== this.#id) this.#leave();
    this.#id = id;
    this.#changed(id);
    if (await this.refresh()) part(this.#mine ? "reply" : "open").focus();
  }

  /** Fetch the open conversation again; true when it was shown. */
  async refresh() {
    const id = this.#id;
    if (id === null) return false;
    this.#early = [];
    const opened = await this.#attempt(() => api.getConversation(id));
    if (!opened || id !== this.#id) return false;
    this.#show(opened);
    return true;
  }

  close() {
    this.#leave();
    this.#id = null;
    part("conversation").hidden = true;
    part("open-empty").hidden = false;
    this.#changed(null);
  }

  /** @param {import("./api.js").Message} message */
  receive(conversation, message) {
    if (conversation !== this.#id) return;
    this.#early.push(message);
    this.#transcript.settle(message);
    this.#transcript.add(message);
  }

  /** The first call arms the button, the second ends the conversation. */
  pressEnd() {
    if (this.#mine) this.#end.press();
  }

  #show({ id, customer, mine, complaints, messages, ...about }) {
    this.#mine = mine;
    part("open-empty").hidden = true;
    part("conversation").hidden = false;
    part("customer").textContent = customer;
    part("chips").replaceChildren(...chipsFor(about));
    part("end").hidden = !mine;
    part("reply-form").hidden = !mine;
    part("closed").hidden = mine;
    this.#showComplaints(complaints);
    this.#transcript.replace(messages);
    for (const message of this.#early) this.#transcript.add(message);
    for (const [words, reason] of this.#failed) this.#showFailed(words, reason);
    setText(part("reply"), this.#drafts.read(id));
  }

  #showComplaints(complaints) {
    part("complaints-title").textContent = `投诉记录（${complaints.length}）`;
    part("complaints").open = WIDE.matches;
    part("complaint-list").replaceChildren(...complaints.map(({ number, state, due, summary }) =>
      element("li", { "data-testid": "complaint", "data-number": number },
        element("p", { className: "number", textContent: number }),
        element("p", { textContent: `${state} · 最晚 ${fullDate(due)} 答复` }),
        element("p", { className: "summary", textContent: summary }))));
    if (!complaints.length) part("complaint-list").append(element("li", { className: "none", textContent: "这位客户没有登记过投诉。" }));
  }

  #submit() {
    const text = part("reply").value.trim();
    if (!text || !this.#mine) return;
    setText(part("reply"), "");
    this.#drafts.write(this.#id, "");
    this.#send({ id: newId(), conversation: this.#id, text });
  }

  #send(words) {
    this.#failed.delete(words);
    this.#transcript.sending(words);
    this.#line = this.#line.then(() => this.#deliver(words));
  }

  async #deliver(words) {
    let reason = "";
    const message = await this.#attempt(() => api.say(words.conversation, words.id, words.text), (error) => { reason = error.message; });
    const open = words.conversation === this.#id;
    if (message) {
      if (open) this.#transcript.sent(words.id, message);
    } else if (open && reason) {
      this.#failed.set(words, reason);
      this.#showFailed(words, reason);
    } else {
      this.#giveBack(words);
    }
  }

  #showFailed(words, reason) {
    this.#transcript.sending(words);
    this.#transcript.failed(words.id, reason, () => this.#send(words));
  }

  /** Put unsent words back into the draft of their conversation. */
  #giveBack({ conversation, text }) {
    this.#drafts.write(conversation, [this.#drafts.read(conversation), text].filter(Boolean).join("\n"));
    if (conversation === this.#id) setText(part("reply"), this.#drafts.read(conversation));
  }

  #leave() {
    for (const words of this.#failed.keys()) this.#giveBack(words);
    this.#failed.clear();
    this.#end.disarm();
    this.#mine = false;
  }

  async #finish() {
    const id = this.#id;
    if (!(await this.#attempt(() => api.end(id)))) return;
    this.#drafts.write(id, "");
    if (id === this.#id) this.close();
    this.#ended(id);
  }
}
