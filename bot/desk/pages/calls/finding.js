/** The left side: a day and an end to look for, how fast the bot was, and the calls. */

import { element, reconcile } from "/static/chat/dom.js";
import { clockTime, dayName, exactly } from "/static/chat/times.js";
import { Field, line, select } from "../complaints/field.js";

const part = (id) => document.getElementById(id);

export class Finding {
  #rows = [];
  #open = null;
  #day = new Field("day", "哪一天（不填就是全部）", line({ type: "date" }));
  #ending = new Field("ending", "怎么结束", select([], { empty: "不限" }));

  /** @param {(more: boolean) => void} look fetches what `wanted` describes; more: the next page */
  constructor(look) {
    part("filters").replaceChildren(this.#day.node, this.#ending.node);
    for (const { control } of [this.#day, this.#ending]) control.addEventListener("change", () => look(false));
    part("search").addEventListener("submit", (event) => {
      event.preventDefault();
      look(false);
    });
    part("more").addEventListener("click", () => look(true));
  }

  /** What is looked for now. @returns {Record<string, string>} */
  get wanted() {
    return { day: this.#day.value, ending: this.#ending.value };
  }

  /** The call after which the next page begins. */
  get last() {
    return String(this.#rows.at(-1)?.id ?? 0);
  }

  get fields() {
    return [this.#day, this.#ending];
  }

  /** @param {import("./api.js").Found} first */
  prepare({ today, endings }) {
    this.#day.control.max = this.#day.control.value = today;
    this.#ending.control.append(...endings.map(([value, textContent]) => element("option", { value, textContent })));
  }

  /** @param {import("./api.js").Found} found @param {boolean} added whether it is a further page */
  show(found, added) {
    this.#rows = added ? [...this.#rows, ...found.calls] : found.calls;
    part("total").textContent = `共 ${found.total} 通`;
    part("empty").hidden = this.#rows.length > 0;
    part("empty").textContent = found.sees_all ? "没有找到通话。换一天看看，或者清空日期看全部。" : "没有找到通话。您只能看到自己接待过的客户打来的电话。";
    part("more").hidden = !found.more;
    showFigures(found);
    this.#render();
    if (added) part("list").children[this.#rows.length - found.calls.length]?.firstElementChild.focus();
  }

  /** @param {number|null} id the one on the right */
  mark(id) {
    this.#open = id;
    this.#render();
  }

  #render() {
    reconcile(part("list"), this.#rows, ({ id }) => id, newRow, (node, row) => update(node, row, this.#open));
  }
}

/** @param {import("./api.js").Found} found */
function showFigures({ figures, turns }) {
  part("figures").hidden = !figures.length;
  if (!figures.length) return;
  const [whole] = figures;
  part("figures-summary").textContent = `${turns} 轮对话，从客户说完到小宝开口：一半不超过 ${seconds(whole.p50)}，95% 不超过 ${seconds(whole.p95)}`;
  part("figure-rows").replaceChildren(...figures.map(({ name, p50, p95 }) => element("tr", {},
    element("th", { scope: "row", textContent: name }),
    element("td", { textContent: p50 ?? "—" }),
    element("td", { textContent: p95 ?? "—" }))));
}

const seconds = (ms) => `${(ms / 1000).toFixed(2)} 秒`;

function newRow({ id }) {
  return element("li", {}, element("a", { className: "row", href: `#${id}`, "data-testid": "row" }));
}

/** @param {import("./api.js").Row} row */
function update(node, row, open) {
  const link = node.firstElementChild;
  if (row.id === open) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  link.replaceChildren(
    element("span", { className: "row-top" },
      element("span", { className: "name", textContent: `${dayName(row.at)} ${clockTime(row.at)}` }),
      element("span", { className: "age", textContent: row.seconds === null ? "正在通话" : exactly(row.seconds) })),
    element("span", { className: "last", textContent: `${row.caller || "未显示号码"} · ${row.customer} · ${row.turns} 轮` }),
    element("span", { className: "chips" }, ...marks(row)));
}

/** @param {import("./api.js").Row} row */
export function marks({ ending, label, elder, complaints, sound }) {
  return [
    chip(label, `ending-${ending ?? "none"}`),
    elder && chip("长辈", "elder"),
    ...complaints.map((number) => chip(`投诉 ${number}`, "complaint")),
    sound === "none" && chip("没有录音"),
    sound === "deleted" && chip("录音已删除"),
    sound === "cut" && chip("录音不完整", "asked"),
  ].filter(Boolean);
}

const chip = (textContent, kind = "") => element("span", { className: `chip chip-${kind}`, textContent });
