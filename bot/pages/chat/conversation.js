/** The conversation: what is sent, what comes back, and what is shown of it. */

import { kindOf, postFile } from "./attachments.js";
import { eventsAddress, getHistory, postTurn, statusOf, tellTyping } from "./api.js";
import { newId, Offline } from "./http.js";
import { Outbox } from "./outbox.js";
import { Stream } from "./stream.js";

/** A lost connection can look alive for minutes; whoever waits for a human is checked on, in milliseconds. */
const CHECK = 30_000;
const URGENT_PATIENCE = 8_000;
/** Typing is told this often at most, and believed a little longer. */
const TYPING_EVERY = 3_000;
const TYPING_LASTS = 6_000;

export class Conversation {
  #memory;
  #log;
  #view;
  #outbox;
  #stream = null;
  #status = { mode: "bot", elder: false };
  /** Counts status events: an answer that was overtaken by one says nothing new. */
  #tidings = 0;
  /** The view the customer has chosen and the server does not know yet. */
  #wish = null;
  /** True while the log may lack something that the server has. */
  #stale = false;
  #toldTyping = 0;
  #agentTypes = 0;

  /**
   * @param {{memory: object, log: import("./log.js").Log, view: {status: Function, elder: Function,
   *   typing: Function, connected: Function, disconnected: Function}}} parts
   */
  constructor({ memory, log, view }) {
    this.#memory = memory;
    this.#log = log;
    this.#view = view;
    this.#outbox = new Outbox({
      post: (turn) => this.#post(turn),
      answered: (turn, answer) => this.#answered(turn, answer),
      changed: (turn) => this.#changed(turn),
    });
    setInterval(() => { if (this.#stale || this.#status.mode !== "bot") this.#catchUp(); }, CHECK);
  }

  /** Show what was said before, or greet; `elder`: the address asks for the elder view. */
  async open(elder = false) {
    const unsent = this.#memory.unsent;
    await this.#catchUp();
    if (this.#memory.conversation) this.#listen();
    if (!this.#stale && this.#log.empty) this.#start();
    else if (elder && !this.#status.elder) this.setElder(true);
    for (const turn of unsent) this.#outbox.send({ ...turn, trouble: undefined });
  }

  /** @param {string} text */
  say(text) {
    this.#send({ text, shown: text });
  }

  /** @param {File} file */
  attach(file) {
    this.#send({ file, shown: kindOf(file) });
  }

  /** @param {import("./api.js").Button} button */
  choose({ title, payload }) {
    const urgent = payload === "/human";
    if (urgent && this.#outbox.urgent) this.#outbox.hurry();
    else this.#send({ payload, shown: title, urgent });
  }

  /** At once, whatever else is under way. */
  human() {
    this.choose({ title: "转人工", payload: "/human" });
  }

  /** The customer is writing; an agent who is there sees it. */
  typed() {
    if (this.#status.mode !== "human" || Date.now() - this.#toldTyping < TYPING_EVERY) return;
    this.#toldTyping = Date.now();
    tellTyping(this.#memory.conversation).catch(() => {});
  }

  setElder(on) {
    this.#wish = on;
    this.#view.elder(on);
    this.#send({ payload: elderPayload(on), shown: "", quiet: true });
  }

  retry(turn) {
    this.#outbox.send(turn);
  }

  /** The customer takes a refused text back. */
  withdraw(turn) {
    this.#log.drop(turn);
    this.#memory.unsent = this.#memory.unsent.filter(({ id }) => id !== turn.id);
  }

  #start() {
    this.#send({ payload: "/start", shown: "", quiet: true });
    if (this.#memory.elder) this.setElder(true);
  }

  #send(turn) {
    this.#outbox.send({ id: newId(), ...turn });
  }

  async #post(turn) {
    turn.asked = this.#memory.conversation;
    turn.tidings = this.#tidings;
    if (turn.file) return this.#postAgain(turn, () => postFile(turn.asked, turn, (share) => this.#gone(turn, share)));
    const options = { patience: turn.urgent ? URGENT_PATIENCE : undefined, customer: this.#memory.customer };
    return this.#postAgain(turn, () => postTurn(turn.asked, turn, options));
  }

  /** Post once more, to a new conversation, where the old one is gone. */
  async #postAgain(turn, post) {
    try {
      return await post();
    } catch (error) {
      if (error.code !== "unknown_conversation") throw error;
      this.#forget(turn.asked);
      turn.asked = this.#memory.conversation;
      return post();
    }
  }

  /** So much of a file has gone. */
  #gone(turn, share) {
    turn.sent = share;
    this.#log.track(turn);
  }

  #changed(turn) {
    this.#refreshTyping();
    if (turn.payload === "/start" && turn.state !== "sending") this.#log.track(turn);
    if (turn.quiet) return;
    this.#log.track(turn);
    if (turn.file) return; // a browser does not let a file be kept
    const others = this.#memory.unsent.filter(({ id }) => id !== turn.id);
    this.#memory.unsent = turn.state === "sent" ? others : [...others, bare(turn)];
  }

  #answered(turn, answer) {
    // Where two first turns made two conversations, the one with the human counts.
    const current = this.#memory.conversation;
    if (answer.conversation !== current && current !== turn.asked && !turn.urgent) return;
    if (answer.conversation !== current) {
      this.#memory.conversation = answer.conversation;
      this.#listen();
    }
    const at = new Date().toISOString();
    const replies = answer.replies.map((reply) => ({ ...reply, author: "bot", at }));
    // Known replies mean that an earlier attempt had arrived, so the history has this turn too.
    if (replies.length && !this.#log.add(replies)) this.#stale = true;
    if (answer.attachments) {
      turn.attachments = answer.attachments;
      this.#log.track(turn);
    }
    if (turn.payload === elderPayload(this.#wish)) this.#wish = null;
    if (turn.tidings === this.#tidings) {
      const handoff = replies.map((reply) => reply.handoff).filter(Boolean).pop();
      this.#follow({ mode: answer.mode, elder: answer.elder, ...(handoff && { handoff }) });
    }
    if (this.#wish !== null && !this.#outbox.busy) this.setElder(this.#wish);
    if (this.#stale) this.#catchUp();
  }

  #listen() {
    this.#stream?.close();
    this.#stream = new Stream(eventsAddress(this.#memory.conversation), {
      message: (message) => {
        if (message.author === "agent") this.#showAgentTyping(false);
        this.#log.add([message]);
      },
      typing: () => this.#showAgentTyping(true),
      status: (status) => {
        this.#tidings += 1;
        this.#follow(status);
      },
    }, {
      up: (again) => {
        this.#view.connected();
        if (again || this.#stale) this.#catchUp();
      },
      down: () => this.#view.disconnected(),
    });
  }

  /** Fetch what an outage may have swallowed; not while turns are under way, which would show twice. */
  async #catchUp() {
    const asked = this.#memory.conversation;
    const tidings = this.#tidings;
    this.#stale = asked !== null;
    if (!this.#stale || this.#outbox.busy) return;
    try {
      const history = await getHistory(asked);
      if (this.#memory.conversation !== asked || this.#outbox.busy) return;
      this.#stale = false;
      if (this.#log.lacks(history.messages)) this.#log.replace(history.messages);
      if (this.#stream?.isOpen) this.#view.connected();
      if (tidings === this.#tidings) this.#follow(statusOf(history, this.#status));
    } catch (error) {
      if (error.code === "unknown_conversation") this.#forget(asked);
      else this.#view.disconnected();
    }
  }

  #forget(conversation) {
    if (this.#memory.conversation !== conversation) return;
    this.#memory.conversation = null;
    this.#stale = false;
    this.#stream?.close();
  }

  /** @param {import("./api.js").Status} status */
  #follow(status) {
    const same = status.mode === this.#status.mode;
    this.#status = { ...(same && this.#status), ...status };
    this.#view.status(this.#status);
    if (this.#wish === null) this.#view.elder(status.elder);
    this.#refreshTyping();
  }

  #showAgentTyping(on) {
    clearTimeout(this.#agentTypes);
    this.#agentTypes = on ? setTimeout(() => this.#showAgentTyping(false), TYPING_LASTS) : 0;
    this.#refreshTyping();
  }

  #refreshTyping() {
    const { mode, agent } = this.#status;
    if (mode === "human" && this.#agentTypes) this.#view.typing(`客服${agent ? ` ${agent} ` : ""}正在输入`);
    else this.#view.typing(mode === "bot" && this.#outbox.working ? "小宝正在回复" : "");
  }
}

/** A turn as it is remembered: without its fortunes. */
const bare = ({ id, text, payload, shown, urgent }) => ({ id, text, payload, shown, urgent });

const elderPayload = (on) => (on ? "/elder_on" : "/elder_off");
