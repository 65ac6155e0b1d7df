/** The open conversation: who it is, what was said, the reply, and what can be done. */

import * as api from "./api.js";
import { newId } from "/static/chat/http.js";
import { sendOnEnter, setText } from "/static/chat/textbox.js";
import { focusNote, prepareAbout, showAbout } from "./about.js";
import { chipsFor } from "./chips.js";
import { pick } from "./picker.js";
import { Transcript } from "./transcript.js";

const part = (id) => document.getElementById(id);
/** Typing is told this often at most, and believed a little longer, in milliseconds. */
const TYPING_EVERY = 3_000;
const TYPING_LASTS = 6_000;

export class Panel {
  #drafts;
  #transcript;
  #id = null;
  #mine = false;
  #oversees = false;
  #wordings = { replies: [], outcomes: [] };
  /** Messages that came while the conversation was being fetched. */
  #early = [];
  /** Words that could not be sent and wait for the agent. */
  #failed = new Map();
  /** One reply after the other, in the order in which they were written. */
  #line = Promise.resolve();
  #toldTyping = 0;
  #typingTimer = 0;
  #attempt;
  #changed;
  #ended;

  /**
   * @param {{attempt: Function, changed: (id: number|null) => void, ended: (id: number) => void}} parts
   *   attempt: runs a request and says what went wrong; undefined then
   */
  constructor({ attempt, changed, ended }) {
    this.#attempt = attempt;
    this.#changed = changed;
    this.#ended = ended;
    this.#transcript = new Transcript(part("transcript"), (message) => this.#reveal(message));
    prepareAbout((text) => this.#keepNote(text));
    sendOnEnter(part("reply"), () => this.#submit());
    part("reply").addEventListener("input", () => this.#typed());
    part("reply-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
      part("reply").focus();
    });
    const presses = {
      end: () => this.end(), transfer: () => this.transfer(), canned: () => this.canned(), articles: () => this.articles(),
      join: () => this.#step(() => api.join(this.#id)), "take-over": () => this.#step(() => api.takeOver(this.#id)),
    };
    for (const [id, press] of Object.entries(presses)) part(id).addEventListener("click", press);
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

  /** @param {import("./drafts.js").Drafts} drafts @param {{roles: string[]}} agent */
  use(drafts, { roles }, wordings) {
    this.#drafts = drafts;
    this.#oversees = roles.includes("supervisor");
    this.#wordings = wordings;
  }

  /** Show a conversation, and put the cursor in the reply box. */
  async open(id) {
    if (id !== this.#id) this.#leave();
    const isNew = id !== this.#id;
    this.#id = id;
    this.#changed(id);
    if (await this.refresh(isNew)) part(this.#mine ? "reply" : "open").focus();
  }

  /** Fetch the open conversation again; true when it was shown. */
  async refresh(isNew = false) {
    const id = this.#id;
    if (id === null) return false;
    this.#early = [];
    const opened = await this.#attempt(() => api.getConversation(id));
    if (!opened || id !== this.#id) return false;
    this.#show(opened, isNew);
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
    if (message.author === "customer") part("typing").textContent = "";
  }

  /** The customer is writing. */
  typing(conversation) {
    if (conversation !== this.#id) return;
    part("typing").textContent = "客户正在输入……";
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => { part("typing").textContent = ""; }, TYPING_LASTS);
  }

  /** Choose how it ended; that ends it. */
  async end() {
    if (!this.#mine) return;
    const id = this.#id;
    const outcome = await pick({
      title: "处理结果是什么？选好就结束会话", searchable: false,
      items: () => this.#wordings.outcomes.map(({ code, label }) => ({ title: label, value: code })),
    });
    if (!outcome || !(await this.#attempt(() => api.end(id, outcome)))) return;
    this.#gone(id);
  }

  /** Give the customer to a colleague or a team. */
  async transfer() {
    if (!this.#mine) return;
    const id = this.#id;
    const to = await pick({
      title: "转给谁？", label: "姓名或小组", empty: "没有可以转接的同事。",
      items: async (words) => recipients(await api.getColleagues()).filter(({ title }) => title.includes(words)),
    });
    if (!to || !(await this.#attempt(() => api.transfer(id, to)))) return;
    this.#gone(id);
  }

  async canned() {
    if (!this.#mine) return;
    const text = await pick({
      title: "常用语", label: "查找常用语",
      items: (words) => this.#wordings.replies
        .filter((one) => (one.title + one.text).includes(words))
        .map((one) => ({ title: one.title, detail: one.text, value: one.text })),
    });
    if (text) this.#insert(text);
  }

  async articles() {
    if (!this.#mine) return;
    const text = await pick({
      title: "从知识库插入", label: "要找什么，例如：挂失", empty: "写几个字，就会列出审核过的文章。",
      items: async (words) => (words
        ? (await api.findArticles(words)).articles.map(({ title, answer }) => ({ title, detail: answer, value: answer }))
        : []),
    });
    if (text) this.#insert(text);
  }

  note() {
    if (this.#id !== null) focusNote();
  }

  #show({ id, customer, mine, joined, agent, mode, messages, ...about }, isNew) {
    this.#mine = mine || joined;
    part("open-empty").hidden = true;
    part("conversation").hidden = false;
    part("customer").textContent = customer;
    part("chips").replaceChildren(...chipsFor(about));
    for (const name of ["end", "transfer", "reply-form"]) part(name).hidden = !this.#mine;
    part("join").hidden = !(this.#oversees && mode === "human" && !this.#mine);
    part("take-over").hidden = !(this.#oversees && mode === "human" && !mine);
    part("closed").hidden = this.#mine;
    part("closed").textContent = agent && !this.#mine ? `${agent} 正在接待，您可以查看。` : "这个会话不在您手上，只能查看，不能回复。";
    part("typing").textContent = "";
    showAbout(about, isNew);
    this.#transcript.replace(messages);
    for (const message of this.#early) this.#transcript.add(message);
    for (const [words, reason] of this.#failed) this.#showFailed(words, reason);
    setText(part("reply"), this.#drafts.read(id));
  }

  async #reveal(message) {
    return (await this.#attempt(() => api.reveal(this.#id, message)))?.text;
  }

  async #keepNote(text) {
    const kept = await this.#attempt(() => api.keepNote(this.#id, text));
    if (kept) await this.refresh();
    return Boolean(kept);
  }

  async #step(work) {
    if (await this.#attempt(work)) await this.open(this.#id);
  }

  #typed() {
    this.#drafts.write(this.#id, part("reply").value);
    if (!this.#mine || Date.now() - this.#toldTyping < TYPING_EVERY) return;
    this.#toldTyping = Date.now();
    const id = this.#id;
    // That it was not told is not worth a word.
    this.#attempt(() => api.tellTyping(id), () => {});
  }

  #insert(text) {
    const box = part("reply");
    setText(box, [box.value.trim(), text].filter(Boolean).join("\n"));
    this.#typed();
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
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
    this.#mine = false;
  }

  #gone(id) {
    this.#drafts.write(id, "");
    if (id === this.#id) this.close();
    this.#ended(id);
  }
}

function recipients({ colleagues, teams }) {
  return [
    ...teams.map((team) => ({ title: `${team}组`, detail: "小组里谁有空谁接", value: { team } })),
    ...colleagues.map(({ id, name, team, status }) => ({
      title: name, detail: [status, team].filter(Boolean).join(" · "), value: { colleague: id },
    })),
  ];
}
