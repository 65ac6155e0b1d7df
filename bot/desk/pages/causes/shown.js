/** Short pieces that both halves of the page show. */

import { element } from "/static/chat/dom.js";

export const text = (tag, textContent, className = "") => element(tag, { textContent, className });

export const chip = (words, kind = "") => text("span", words, `chip ${kind}`);

export const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;

/** @param {{count: number, before: number|null}} tally */
export function trend({ count, before }, days) {
  if (before === null) return "件数太多，没有和以前比";
  if (count === before) return `和前 ${days} 天一样`;
  const more = count > before;
  return `比前 ${days} 天${more ? "多" : "少"} ${Math.abs(count - before)} 件 ${more ? "↑" : "↓"}`;
}

/** Numbers one by one, folded away where there are many. */
export function numbersOf(numbers, title = "投诉编号") {
  return element("details", { className: "numbers" },
    text("summary", `${title}（${numbers.length}）`),
    element("p", {}, ...numbers.map((number) => element("a", {
      href: `/desk/complaints#${number}`, textContent: number,
    }))));
}
