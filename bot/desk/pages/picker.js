/** One dialog for every choice: a search box, a list, and keys for both. */

import { element } from "/static/chat/dom.js";

const part = (id) => document.getElementById(id);
/** Between two key-strokes and a search, in milliseconds. */
const REST = 200;

/**
 * @typedef {{title: string, detail?: string, value: unknown}} Item
 */

let settle = () => {};
let search = async () => [];
let round = 0;

/**
 * Let the agent choose. Digits choose at once where `digits` is set, arrows and Enter always do.
 * @param {{title: string, label?: string, items: (words: string) => Item[]|Promise<Item[]>,
 *   empty?: string, searchable?: boolean}} about
 * @returns {Promise<unknown>} the chosen value; undefined where nothing was chosen
 */
export async function pick({ title, label = "查找", items, empty = "没有找到。", searchable = true }) {
  const focused = document.activeElement;
  part("picker-title").textContent = title;
  part("picker-label").textContent = label;
  part("picker-search").value = "";
  part("picker-search").placeholder = label;
  part("picker-search").hidden = !searchable;
  part("picker-list").replaceChildren();
  part("picker-empty").textContent = "";
  part("picker").dataset.empty = empty;
  search = items;
  part("picker").showModal();
  await show("");
  if (!searchable) rows()[0]?.focus();
  const chosen = await new Promise((resolve) => { settle = resolve; });
  part("picker").close();
  focused?.focus();
  return chosen;
}

const rows = () => [...part("picker-list").querySelectorAll("button")];

async function show(words) {
  const mine = ++round;
  let found = [];
  let trouble = "";
  try {
    found = await search(words);
  } catch (error) {
    trouble = error.message;
  }
  if (mine !== round) return;
  part("picker-list").replaceChildren(...found.map(({ title, detail, value }, place) =>
    element("li", {}, element("button", { type: "button", "data-testid": "pick", onclick: () => settle(value) },
      element("span", { className: "pick-title", textContent: place < 9 ? `${place + 1}. ${title}` : title }),
      detail && element("span", { className: "pick-detail", textContent: detail })))));
  part("picker-empty").textContent = found.length ? "" : trouble || part("picker").dataset.empty;
}

part("picker").addEventListener("close", () => settle(undefined));
part("picker").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.dataset.testid === "picker-cancel") settle(undefined);
  else rows()[0]?.click();
});

let resting = 0;
part("picker-search").addEventListener("input", () => {
  clearTimeout(resting);
  resting = setTimeout(() => show(part("picker-search").value.trim()), REST);
});

part("picker").addEventListener("keydown", (event) => {
  const typing = event.target === part("picker-search");
  if (event.key === "Enter" && typing) {
    event.preventDefault();
    if (!event.isComposing) rows()[0]?.click();
    return;
  }
  if (/^[1-9]$/.test(event.key) && !(typing && part("picker-search").value)) {
    event.preventDefault();
    rows()[Number(event.key) - 1]?.click();
    return;
  }
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!way) return;
  event.preventDefault();
  const next = rows().indexOf(document.activeElement) + way;
  if (next < 0 && !part("picker-search").hidden) part("picker-search").focus();
  else rows()[Math.max(0, Math.min(next, rows().length - 1))]?.focus();
});
