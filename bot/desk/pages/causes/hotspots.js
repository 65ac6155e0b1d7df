/** The left half: causes, and within each what complaints have in common. */

import { element } from "/static/chat/dom.js";
import { chip, numbersOf, percent, text, trend } from "./shown.js";

const part = (id) => document.getElementById(id);
const PERIODS = [7, 30, 90];

/**
 * @typedef {{count: number, before: number|null, share: number, suggested: number, elders: number}} Tally
 * @typedef {Tally & {branches: {name: string, count: number}[], examples: string[],
 *   numbers: string[], tasks: {id: number, title: string}[]}} Hotspot
 * @typedef {Tally & {path: string, single: number, hotspots: Hotspot[]}} Cause
 */

/** @param {(days: number) => void} choose */
export function preparePeriods(choose) {
  part("periods").replaceChildren(...PERIODS.map((days) => element("button", {
    type: "button", textContent: `${days} 天`, "data-testid": `days-${days}`,
    "data-days": String(days), "aria-pressed": "false", onclick: () => choose(days),
  })));
}

/** @param {{causes: Cause[]}} overview @param {(cause: Cause, hotspot: Hotspot) => void} begin */
export function showHotspots(overview, begin) {
  const { days, total, before, most, causes } = overview;
  for (const button of part("periods").children) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.days) === days));
  }
  part("summary").textContent = most
    ? `投诉很多，只看了最近的 ${most} 件，其中这 ${days} 天有 ${total} 件。`
    : `最近 ${days} 天收到 ${total} 件，${trend({ count: total, before }, days)}。相近的投诉合在一起；号码和姓名已隐去。`;
  part("cause-list").replaceChildren(...causes.map((one) => causeItem(one, overview, begin)));
  part("causes-empty").hidden = causes.length > 0;
}

/** @param {Cause} cause */
function causeItem(cause, overview, begin) {
  return element("li", { className: "cause", "data-testid": "cause" },
    text("h3", cause.path),
    tallyLine(cause, overview.days),
    element("ol", { className: "plain" },
      ...cause.hotspots.map((one) => hotspotItem(cause, one, overview, begin))),
    cause.single > 0 && text("p", `${cause.hotspots.length ? "另有 " : ""}${cause.single} 件和别的投诉都不像。`, "quiet"));
}

/** @param {Tally} tally */
function tallyLine(tally, days) {
  const { count, before, share, suggested, elders } = tally;
  const rising = before !== null && count > before;
  return element("p", { className: "chips" },
    chip(`${count} 件`, "chip-count"),
    chip(`占 ${percent(share)}`),
    chip(trend(tally, days), rising ? "chip-rising" : ""),
    elders > 0 && chip(`长辈 ${percent(elders / count)}`, "chip-elder"),
    suggested > 0 && chip(suggested === count ? "原因是建议的，未确认" : `其中 ${suggested} 件的原因是建议的，未确认`, "chip-suggested"));
}

/** @param {Cause} cause @param {Hotspot} hotspot */
function hotspotItem(cause, hotspot, overview, begin) {
  const [first, ...others] = hotspot.examples;
  return element("li", { className: "hotspot", "data-testid": "hotspot" },
    text("p", `“${first}”`, "quoted"),
    others.length > 0 && element("ul", {}, ...others.map((one) => text("li", `“${one}”`))),
    tallyLine(hotspot, overview.days),
    text("p", hotspot.branches.map(({ name, count }) => `${name || "本机构"} ${count} 件`).join(" · "), "quiet"),
    numbersOf(hotspot.numbers),
    ...hotspot.tasks.map(({ id, title }) => element("p", {}, element("a", { href: `#task-${id}`, textContent: `整改任务：${title}` }))),
    overview.may_write && element("div", { className: "buttons" }, element("button", {
      type: "button", textContent: "立整改任务", "data-testid": "begin", onclick: () => begin(cause, hotspot),
      "aria-label": `立整改任务：${first}`,
    })));
}
