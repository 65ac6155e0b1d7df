/** The left side: the lists with their counts, the search, and what was found. */

import { element, reconcile } from "/static/chat/dom.js";
import { fullDate } from "/static/chat/times.js";
import { Field, line, select } from "./field.js";

const part = (id) => document.getElementById(id);

export class Finding {
  #fields = [];
  #bucket = "all";
  #rows = [];
  #open = "";
  #look;

  /** @param {(more: boolean) => void} look fetches what `wanted` describes; more: the next page */
  constructor(look) {
    this.#look = look;
    part("search").addEventListener("submit", (event) => {
      event.preventDefault();
      look(false);
    });
    part("more").addEventListener("click", () => look(true));
  }

  /** What is looked for now. @returns {Object<string, string>} */
  get wanted() {
    const given = Object.fromEntries(this.#fields.map(({ name, value }) => [name, value]));
    const all = { bucket: this.#bucket, text: part("text").value.trim(), ...given };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
  }

  /** The number after which the next page begins. */
  get last() {
    return this.#rows.at(-1)?.number ?? "";
  }

  get fields() {
    return this.#fields;
  }

  prepare({ state, branch, product, source }) {
    const chosen = (name, label, choices) => new Field(name, label, select(choices, { empty: "不限" }));
    this.#fields = [
      chosen("state", "状态", state),
      chosen("product", "业务", product),
      chosen("branch", "机构", branch),
      chosen("source", "来源", source),
      chosen("elder", "长辈", [["yes", "只看长辈"], ["no", "不看长辈"]]),
      new Field("from", "登记日期从", line({ type: "date" })),
      new Field("until", "登记日期到", line({ type: "date" })),
      new Field("order", "排序", select([["due", "先到期的在前"], ["newest", "新登记的在前"]], { empty: "按列表" })),
    ];
    part("filter-fields").replaceChildren(...this.#fields.map(({ node }) => node));
    for (const { name, control } of this.#fields) {
      control.dataset.testid = `filter-${name}`;
      control.addEventListener("change", () => this.#look(false));
    }
  }

  /** @param {{id: string, label: string, count: number}[]} buckets */
  count(buckets) {
    reconcile(part("buckets"), buckets, ({ id }) => id, ({ id }) => element("button", {
      type: "button", className: "bucket", "data-testid": `bucket-${id}`, onclick: () => this.#choose(id),
    }), (node, { id, label, count }) => {
      node.replaceChildren(label, element("span", { className: "count", textContent: count }));
      node.classList.toggle("pressing", count > 0 && ["today", "overdue"].includes(id));
      node.setAttribute("aria-pressed", String(id === this.#bucket));
    });
  }

  #choose(id) {
    this.#bucket = id;
    for (const node of part("buckets").children) node.setAttribute("aria-pressed", String(node.dataset.key === id));
    this.#look(false);
  }

  show({ complaints, more, total }, added) {
    this.#rows = added ? [...this.#rows, ...complaints] : complaints;
    part("total").textContent = `共 ${total} 件`;
    part("empty").hidden = this.#rows.length > 0;
    part("more").hidden = !more;
    this.#render();
    if (added) part("list").children[this.#rows.length - complaints.length]?.firstElementChild.focus();
  }

  /** @param {string} number the one on the right */
  mark(number) {
    this.#open = number;
    this.#render();
  }

  #render() {
    reconcile(part("list"), this.#rows, ({ number }) => number, newRow, (node, row) => update(node, row, this.#open));
  }
}

function newRow({ number }) {
  return element("li", {}, element("a", { className: "row", href: `#${number}`, "data-testid": "row" }));
}

function update(node, row, open) {
  const { number, label, product, elder, branch, owner, summary, extension_asked: asked } = row;
  const link = node.firstElementChild;
  if (number === open) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  link.replaceChildren(
    element("span", { className: "row-top" },
      element("span", { className: "name", textContent: number }),
      element("span", { className: `age ${pressing(row)}`, textContent: left(row) })),
    element("span", { className: "last", textContent: summary }),
    element("span", { className: "chips" },
      chip(label, "state"),
      elder && chip("长辈", "elder"),
      asked && chip("待审批延期", "asked"),
      product && chip(product),
      branch && chip(branch),
      chip(owner ?? "没有经办人", owner ? "" : "nobody")));
}

const chip = (textContent, kind = "") => element("span", { className: `chip chip-${kind}`, textContent });

/** 还有 3 天, 今天到期, 超期 2 天; when it was received where nothing is owed. @param {import("./api.js").Row} row */
export function left({ days_left: days, received }) {
  if (days === null) return `${fullDate(received.slice(0, 10))}登记`;
  if (days === 0) return "今天到期";
  return days > 0 ? `还有 ${days} 天` : `超期 ${-days} 天`;
}

export const pressing = ({ days_left: days }) => (days !== null && days <= 0 ? "overdue" : "");
