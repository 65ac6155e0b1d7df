/** The customer's own bubble while it is on its way, and what is said when it does not arrive. */

import { attachmentList, progressBar } from "./attachments.js";
import { element } from "./dom.js";
import { Offline } from "./http.js";
import { messageNode } from "./message.js";

/** A greeting that was asked for without words has no bubble. @param {import("./outbox.js").Turn} turn */
export function outgoingNode(turn, actions) {
  const words = { author: "customer", text: turn.shown, at: new Date().toISOString() };
  const bubble = turn.shown ? messageNode(words, () => {}) : element("span", { hidden: true });
  const node = element("div", { className: "outgoing", "data-testid": "outgoing", "data-turn": turn.id }, bubble);
  updateOutgoing(node, turn, actions);
  return node;
}

/** @param {import("./outbox.js").Turn} turn */
export function updateOutgoing(node, turn, { retry, amend, conversation }) {
  node.dataset.state = turn.state;
  const bubble = node.firstElementChild;
  bubble.toggleAttribute("data-unsent", turn.state !== "sent");
  while (bubble.nextElementSibling) bubble.nextElementSibling.remove();
  if (turn.file && turn.state === "sending") bubble.after(progressBar(turn.sent ?? 0));
  if (turn.attachments) bubble.append(attachmentList(turn.attachments, conversation()));
  if (turn.state === "retrying") node.append(notice(retryingText(turn)));
  if (turn.state === "failed") node.append(notice(failedText(turn), remedy(turn, retry, amend)));
}

function notice(text, button) {
  return element("div", { className: "message message-system", "data-testid": "trouble" },
    element("p", { className: "who" }, element("span", { className: "name", textContent: "提示" })),
    element("p", { className: "bubble", textContent: text }),
    button);
}

function retryingText({ urgent, trouble }) {
  const what = trouble instanceof Offline ? "没有网络，正在重试。" : "系统正忙，正在重试。";
  return urgent ? `${what}急事请直接拨打 ${hotline()}。` : what;
}

function failedText({ urgent, trouble }) {
  if (urgent) return `还是没有接通人工客服。请按“重试”，或直接拨打 ${hotline()}。`;
  if (trouble instanceof Offline) return "没有网络，没有发出去。请检查网络，再按“重试”。";
  if (trouble.code === "rate_limited" && trouble.retryAfter) {
    return `${trouble.message}（大约 ${trouble.retryAfter} 秒后可以重试）`;
  }
  return trouble.message;
}

/** The same text will be refused again for its length or form; then it can be changed instead. */
function remedy(turn, retry, amend) {
  const hopeless = [400, 413].includes(turn.trouble.status);
  if (hopeless && !turn.text) return null;
  return element("button", {
    type: "button",
    className: "remedy",
    textContent: hopeless ? "修改" : "重试",
    "data-testid": hopeless ? "amend" : "retry",
    onclick: () => (hopeless ? amend(turn) : retry(turn)),
  });
}

const hotline = () => document.querySelector('meta[name="hotline"]').content;
