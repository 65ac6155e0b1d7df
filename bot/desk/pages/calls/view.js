/** The right side: one call, what was said in it, and where each turn's time went. */

import { element } from "/static/chat/dom.js";
import { clockTime, dayName, exactly } from "/static/chat/times.js";
import { messageNode } from "../transcript.js";
import { chartOf } from "./api.js";
import { marks } from "./finding.js";

const text = (tag, textContent, className = "") => element(tag, { textContent, className });

/**
 * @param {import("./api.js").Call} call
 * @param {import("./player.js").Player} player
 * @param {() => void} back
 */
export function callView(call, player, back) {
  const lines = call.messages.filter((one) => one.text).map((one) => lineOf(one, player));
  return {
    nodes: [
      element("header", { className: "complaint-head" },
        element("button", { type: "button", className: "back", textContent: "返回列表", onclick: back }),
        element("h2", { id: "call-title", tabIndex: -1, textContent: `${call.caller || "未显示号码"}的来电`, "data-testid": "title" }),
        element("p", { className: "chips" }, ...marks(call))),
      element("div", { className: "beside" },
        element("div", { className: "aside" }, player.node, aboutOf(call)),
        element("section", { "aria-labelledby": "said-title" },
          element("h3", { id: "said-title", textContent: "对话" }),
          lines.length
            ? element("div", { className: "said", "data-testid": "said" }, ...lines.map(({ node }) => node))
            : text("p", "这通电话里还没有说话。", "quiet"))),
      call.times.length > 0 && timesOf(call),
    ].filter(Boolean),
    /** Mark what is being said at this second. */
    follow: (second) => {
      const now = lines.findLast((one) => one.second <= second + 0.5);
      for (const { node } of lines) node.classList.toggle("sounding", node === now?.node);
    },
  };
}

/** @param {import("./api.js").Line} message @param {import("./player.js").Player} player */
function lineOf(message, player) {
  const node = messageNode(message);
  const moment = node.querySelector("time");
  moment.textContent = exactly(message.second);
  if (player.canPlay) {
    moment.replaceWith(element("button", {
      type: "button", className: "jump", textContent: `▶ ${exactly(message.second)}`, "data-testid": "jump",
      "aria-label": `从 ${exactly(message.second)} 听`, onclick: () => player.playFrom(message.second),
    }));
  }
  return { node, second: message.second };
}

/** @param {import("./api.js").Call} call */
function aboutOf(call) {
  const numbers = call.complaints.map((number) => (call.opens_complaints ? element("a", { href: `/desk/complaints#${number}`, textContent: number }) : number));
  const rows = [
    ["打来", `${dayName(call.at)} ${clockTime(call.at)}`],
    ["时长", call.seconds === null ? "正在通话" : exactly(call.seconds)],
    ["录音", call.recorded_s !== null && exactly(call.recorded_s)],
    ["结束", call.label],
    ["客户", call.customer],
    ["投诉", numbers.length && numbers.flatMap((one) => [one, " "])],
  ].filter(([, what]) => what);
  return element("section", { "aria-labelledby": "about-title" },
    element("h3", { id: "about-title", textContent: "基本情况" }),
    element("dl", { className: "facts" }, ...rows.flatMap(([name, what]) => [
      text("dt", name), element("dd", {}, ...(Array.isArray(what) ? what : [what]))])));
}

/** @param {import("./api.js").Call} call */
function timesOf({ id, steps, times }) {
  return element("section", { className: "times", "aria-labelledby": "times-title" },
    element("h3", { id: "times-title", textContent: "每一轮的时间去了哪里" }),
    text("p", "断句：从客户说完，到判断他说完了。决定：查知识、登记、存好。开口：从答案定下来，到放出第一个音。按键没有前几步。", "quiet"),
    element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "图，可以左右滚动" },
      element("img", { src: chartOf(id), alt: "图：每一轮的时间，数字见下表", width: 720, height: 260, "data-testid": "chart" })),
    element("details", {},
      text("summary", "看数字"),
      element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "表格，可以左右滚动" },
        element("table", { "data-testid": "times" },
          element("thead", {}, element("tr", {}, ...["轮", "在", ...steps, "合计（毫秒）"].map((name) => element("th", { scope: "col", textContent: name })))),
          element("tbody", {}, ...times.map(({ number, second, ms, waited }) => element("tr", {},
            element("th", { scope: "row", textContent: number }),
            ...[exactly(second), ...ms.map((one) => one ?? "—"), waited].map((one) => text("td", one)))))))));
}
