/** The line under the heading: who is there for the customer now. */

import { element } from "./dom.js";
import { clockTime, dayName, roughly } from "./times.js";

/** An outage shorter than this is not worth a worry, in milliseconds. */
const QUIET_OUTAGE = 3_000;

export class StateBar {
  #state;
  #connection;
  #timer = 0;

  constructor(state, connection) {
    this.#state = state;
    this.#connection = connection;
  }

  /** @param {import("./api.js").Status} status */
  show({ mode, agent, handoff }) {
    this.#state.hidden = mode === "bot";
    this.#state.dataset.mode = mode;
    const lines = { bot: () => [], waiting: () => waitingLines(handoff), human: () => humanLines(agent) }[mode]();
    const shown = [...this.#state.children].map((line) => line.textContent);
    if (lines.join("\n") === shown.join("\n")) return;
    this.#state.replaceChildren(...lines.map((text, place) =>
      element("p", { className: place ? "state-more" : "state-main", textContent: text })));
  }

  connected() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#connection.hidden = true;
  }

  disconnected() {
    this.#timer ||= setTimeout(() => { this.#connection.hidden = false; }, QUIET_OUTAGE);
  }
}

function waitingLines(handoff) {
  if (handoff && !handoff.attended) return ["已为您排队，现在没有客服在线", promised(handoff.callback)];
  const wait = handoff?.eta_s == null ? "等多久暂时说不准" : `还要等${roughly(handoff.eta_s)}`;
  const place = handoff?.position > 0 ? `您排在第 ${handoff.position} 位，${wait}` : wait;
  return ["正在为您接通人工客服", `${place}。您可以先把事情写下来。`];
}

function promised(callback) {
  if (!callback) return "客服上班后会先回复您。";
  return `最晚${dayName(callback)} ${clockTime(callback)}给您回电或回复，请在这里留下电话。`;
}

function humanLines(agent) {
  return [agent ? `客服 ${agent} 正在为您服务` : "人工客服正在为您服务"];
}
