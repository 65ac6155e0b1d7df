/** One message as an element: label, bubble, source, complaint card, choices. */

import { attachmentList } from "./attachments.js";
import { element } from "./dom.js";
import { clockTime, fullDate } from "./times.js";
import { complaintCard } from "./card.js";
import { canReadAloud, readAloudButton } from "./aloud.js";

/** Up to this many characters a source stands in full on its line. */
const SHORT_SOURCE = 44;

const NAMES = { customer: "您", bot: "小宝", system: "提示" };

/** @param {import("./api.js").Message} message */
export function nameOf({ author, name }) {
  if (author === "agent") return name ? `客服 ${name}` : "人工客服";
  return NAMES[author];
}

/**
 * @param {import("./api.js").Message} message
 * @param {(button: import("./api.js").Button) => void} choose
 * @param {string|null} conversation whose files are shown
 */
export function messageNode(message, choose, conversation = null) {
  const { author, id, text, spoken, at, article, complaint, buttons = [], attachments = [] } = message;
  const node = element("div", { className: `message message-${author}`, "data-testid": "message", "data-author": author, "data-id": id });
  const label = element("p", { className: "who" },
    element("span", { className: "name", textContent: nameOf(message) }),
    at && author !== "system" && element("time", { dateTime: at, textContent: clockTime(at) }));
  node.append(label, element("p", { className: "bubble" }, ...(author === "bot" ? linked(text) : [text])));
  if (author !== "customer" && canReadAloud) node.append(readAloudButton(spoken || text));
  if (attachments.length) node.append(attachmentList(attachments, conversation));
  if (complaint) node.append(complaintCard(complaint));
  if (article) node.append(citation(article));
  if (buttons.length) node.append(choices(buttons, choose));
  return node;
}

/** Addresses in what the bot says can be followed; customers' and agents' stay plain text. @param {string} text */
function linked(text) {
  return text.split(/(https?:\/\/[\w./:-]+)/).map((part, place) =>
    place % 2 ? element("a", { href: part, textContent: part }) : part);
}

/** @param {import("./api.js").Article} article */
function citation({ title, sources, effective }) {
  const since = `${fullDate(effective)}生效`;
  const line = [title, `依据：${sources.join("；")}`, since].join(" · ");
  if (line.length <= SHORT_SOURCE) {
    return element("p", { className: "source", textContent: `出处：${line}`, "data-testid": "source" });
  }
  return element("details", { className: "source", "data-testid": "source" },
    element("summary", { textContent: `出处：${title} · ${since}` }),
    element("p", { textContent: "依据：" }),
    element("ul", {}, ...sources.map((source) => element("li", { textContent: source }))));
}

/** @param {import("./api.js").Button[]} buttons */
function choices(buttons, choose) {
  const made = buttons.map((button) => element("button", {
    type: "button",
    className: "choice",
    textContent: button.title,
    "data-testid": "choice",
    "data-payload": button.payload,
    // Not `disabled`: that would throw the keyboard focus away on the very press that uses it up.
    onclick: (event) => {
      if (event.currentTarget.getAttribute("aria-disabled") !== "true") choose(button);
    },
  }));
  return element("div", { className: "choices", role: "group", "aria-label": "可以选择", "data-testid": "choices" }, ...made);
}

/** Only the newest choices can be pressed. @param {Element} group */
export function setActive(group, active) {
  group.classList.toggle("used", !active);
  for (const button of group.children) {
    button.setAttribute("aria-disabled", String(!active));
    button.tabIndex = active ? 0 : -1;
  }
}
