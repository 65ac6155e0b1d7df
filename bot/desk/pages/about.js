/** Beside the conversation: what it is about, what is known, complaints, and notes for colleagues. */

import { element } from "/static/chat/dom.js";
import { sendOnEnter, setText } from "/static/chat/textbox.js";
import { clockTime, dayName, fullDate } from "/static/chat/times.js";

const part = (id) => document.getElementById(id);
/** Where it has a column of its own, it need not be opened first. */
const WIDE = matchMedia("(min-width: 75rem)");

/** @param {(text: string) => Promise<boolean>} keep stores a note; true where that worked */
export function prepareAbout(keep) {
  sendOnEnter(part("note"), async () => {
    const text = part("note").value.trim();
    if (text && (await keep(text))) setText(part("note"), "");
  });
  part("note-form").addEventListener("submit", (event) => event.preventDefault());
}

/** @param {import("./api.js").Opened} opened */
export function showAbout({ summary, facts, complaints, notes }, isNew) {
  if (isNew) {
    part("about").open = WIDE.matches;
    setText(part("note"), "");
  }
  part("summary").replaceChildren(...listed(summary.map((text) => [text]), "客户还没有说具体的事。"));
  part("facts").replaceChildren(...factsOf(facts));
  part("complaint-list").replaceChildren(...complaints.map(({ number, state, due, summary: story }) =>
    element("li", { "data-testid": "complaint", "data-number": number },
      element("p", { className: "number", textContent: number }),
      element("p", { textContent: `${state} · 最晚 ${fullDate(due)} 答复` }),
      element("p", { className: "quiet", textContent: story }))));
  if (!complaints.length) part("complaint-list").replaceChildren(...listed([], "没有登记过投诉。"));
  part("notes").replaceChildren(...listed(
    notes.map(({ name, text, at }) => [text, `${name} · ${dayName(at)} ${clockTime(at)}`]), "还没有备注。"));
}

/** To where notes are written, also on a narrow screen. */
export function focusNote() {
  part("about").open = true;
  part("note").focus();
}

function listed(rows, none) {
  if (!rows.length) return [element("li", { className: "quiet", textContent: none })];
  return rows.map(([text, detail]) => element("li", {},
    element("p", { textContent: text }), detail && element("p", { className: "quiet", textContent: detail })));
}

function factsOf({ number, reason, first, served, last_outcome: last }) {
  const rows = [
    ["登记号", number],
    ["转人工原因", reason],
    ["首次来访", first && `${dayName(first)} ${clockTime(first)}`],
    ["以前接待", served ? `${served} 次${last ? `，上次：${last}` : ""}` : "没有"],
  ];
  return rows.filter(([, value]) => value).flatMap(([name, value]) =>
    [element("dt", { textContent: name }), element("dd", { textContent: value })]);
}
