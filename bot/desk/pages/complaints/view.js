/** The right side: one complaint, its time line, and what can be done with it. */

import { element } from "/static/chat/dom.js";
import { clockTime, dayName, fullDate } from "/static/chat/times.js";
import { left, pressing } from "./finding.js";

const text = (tag, textContent, className = "") => element(tag, { textContent, className });
const linkTo = (number) => element("a", { href: `#${number}`, textContent: number });

/**
 * @param {import("./api.js").Complaint} one
 * @param {{back: () => void, reveal: () => void, print: () => void, attachment: (file: object) => void,
 *   mayReveal: boolean}} acts
 * @param {HTMLElement} steps the steps that can be taken
 */
export function complaintView(one, { back, reveal, print, attachment, mayReveal }, steps) {
  return [
    element("header", { className: "complaint-head" },
      element("button", { type: "button", className: "back", textContent: "返回列表", onclick: back }),
      element("h2", { id: "complaint-title", tabIndex: -1, textContent: `投诉 ${one.number}`, "data-testid": "number" }),
      element("p", { className: "chips" }, ...marks(one)),
      element("div", { className: "buttons" },
        mayReveal && !one.recused && !one.clear && button("看完整信息", "reveal", reveal),
        button("打印档案", "print", print))),
    one.clear && text("p", "下面是完整信息，只在这次打开时显示。请不要截图或外传。", "clear-note"),
    steps,
    element("section", { "aria-labelledby": "told-title" },
      element("h3", { id: "told-title", textContent: "投诉内容" }),
      facts(one.texts.map(({ label, text: words }) => [label, words]))),
    one.attachments.length > 0 && element("section", { "aria-labelledby": "files-title" },
      element("h3", { id: "files-title", textContent: `附件（${one.attachments.length}）` }),
      element("ul", { className: "files" }, ...one.attachments.map((file) => element("li", {},
        text("span", `${file.name}（${file.media_type}，${kilobytes(file.size)}）`),
        mayReveal && !one.recused && button("打开", "attachment", () => attachment(file)))))),
    element("section", { "aria-labelledby": "facts-title" },
      element("h3", { id: "facts-title", textContent: "基本情况" }),
      facts(about(one))),
    element("section", { "aria-labelledby": "line-title" },
      element("h3", { id: "line-title", textContent: "时间线" }),
      element("ol", { className: "timeline", "data-testid": "timeline" }, ...one.timeline.map(entry))),
  ].filter(Boolean);
}

const button = (textContent, testid, onclick) => element("button", { type: "button", textContent, onclick, "data-testid": testid });

function marks(one) {
  const chip = (words, kind = "") => text("span", words, `chip chip-${kind}`);
  return [
    chip(one.label, "state"),
    one.due && chip(`${left(one)}（${fullDate(one.due)}）`, pressing(one)),
    one.elder && chip("长辈", "elder"),
    one.anonymous && chip("匿名"),
    one.extension_asked && chip("待审批延期", "asked"),
    one.untold && chip("待告知客户", "asked"),
  ].filter(Boolean);
}

function about(one) {
  const { coding } = one;
  const numbers = (list) => list.length && list.flatMap((number) => [linkTo(number), " "]);
  return [
    ["登记", `${moment(one.received)}，${one.source}`],
    ["客户", one.chat ? "有聊天窗口，每一步自动告知" : "没有聊天窗口，要另行告知"],
    ["机构", one.branch],
    ["经办人", one.owner ?? "没有经办人"],
    ["延期", one.extension && `已延期 ${one.extension} 次`],
    ["申请延期", one.extension_asked_by && `${one.extension_asked_by} 已申请，等待审批`],
    ["答复", one.answered_on && fullDate(one.answered_on)],
    ["核查", one.reviewed && "已经核查过一次"],
    ["调解", one.mediation_case],
    ["分类", coding && [coding.channel, coding.business, coding.cause].join(" · ")],
    ["结束", one.ended_on && fullDate(one.ended_on)],
    ["并入", one.merged_into && [linkTo(one.merged_into)]],
    ["并入本件", numbers(one.merged)],
    ["关联投诉", numbers(one.related)],
  ].filter(([, what]) => what);
}

/** @param {[string, string|Node[]][]} pairs */
function facts(pairs) {
  return element("dl", { className: "facts" }, ...pairs.flatMap(([name, what]) => [
    text("dt", name),
    element("dd", {}, ...(Array.isArray(what) ? what : [what])),
  ]));
}

/** @param {import("./api.js").Entry} one */
function entry(one) {
  return element("li", { "data-step": one.step },
    element("p", { className: "entry-top" },
      text("span", one.label, "entry-label"),
      text("span", one.who, "entry-who"),
      element("time", { dateTime: one.at, textContent: moment(one.at) })),
    one.to && text("p", one.to),
    one.why && text("p", one.why, "entry-why"),
    text("p", `${one.state}${one.due ? `，${fullDate(one.due)}前答复` : ""}${one.untold ? "，还没有告知客户" : ""}`, "quiet"));
}

const kilobytes = (size) => `${Math.max(1, Math.round(size / 1024))} KB`;
const moment = (at) => `${dayName(at)} ${clockTime(at)}`;
