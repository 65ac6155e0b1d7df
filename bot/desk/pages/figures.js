/** 数据: the table and the charts for a period. */

import { element } from "/static/chat/dom.js";
import { request } from "/static/chat/http.js";
import { exactly } from "/static/chat/times.js";
import { showOwnLinks } from "./links.js";

const part = (id) => document.getElementById(id);
const GROUPS = ["elders", "others", "all"];

const count = (value) => String(value);
const share = (value) => (value === null ? "—" : `${(value * 100).toFixed(1)}%`);
const time = (value) => (value === null ? "—" : exactly(value));

/** Each line of the table: its name, its figure, and how that is written. */
const ROWS = [
  ["转人工请求", "requests", count],
  ["其中下班时间的请求", "out_of_hours", count],
  ["已接入", "accepted", count],
  ["等待时间，一半客户不超过", "wait_p50_s", time],
  ["等待时间，95% 的客户不超过", "wait_p95_s", time],
  ["15 秒内接入", "service_level", share],
  ["放弃（自己离开）", "left", share],
  ["放弃（含已不在）", "lost", share],
  ["接待时长，一半不超过", "handling_p50_s", time],
  ["一次解决", "resolved", share],
  ["满意", "satisfied", share],
  ["评价人数", "rated", count],
  ["承诺回电", "callbacks", count],
  ["回电按时", "callbacks_in_time", share],
];
const CHARTS = [["wait", "每天 95% 的客户等待不超过多少秒"], ["service", "每天 15 秒内接入的比例"], ["left", "每天自己离开的比例"]];

async function show(days) {
  part("notice").textContent = "";
  try {
    const figures = await request(`/desk/api/figures?days=${days}`);
    part("figures").hidden = false;
    part("rows").replaceChildren(...ROWS.map(([name, figure, written]) => element("tr", { "data-testid": figure },
      element("th", { scope: "row", textContent: name }),
      ...GROUPS.map((group) => element("td", { textContent: written(figures[group][figure]) })))));
    part("charts").replaceChildren(...CHARTS.map(([name, alt]) =>
      element("img", { src: `/desk/figures/${name}.svg?days=${days}`, alt: `图：${alt}，数字见上表`, width: 720, height: 260, "data-testid": "chart" })));
    for (const button of document.querySelectorAll(".period button")) {
      button.setAttribute("aria-pressed", String(button.dataset.days === String(days)));
    }
  } catch (error) {
    if (error.status === 401) location.assign("/desk");
    else part("notice").textContent = error.message;
  }
}

for (const button of document.querySelectorAll(".period button")) {
  button.addEventListener("click", () => show(Number(button.dataset.days)));
}

await show(7);
showOwnLinks();
