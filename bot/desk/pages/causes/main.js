/** 溯源整改: what complaints have in common, and what is done about it. */

import { request } from "/static/chat/http.js";
import { post } from "../api.js";
import { attempt } from "../attempt.js";
import { ask } from "./dialog.js";
import { preparePeriods, showHotspots } from "./hotspots.js";
import { showTasks } from "./tasks.js";
import { showOwnLinks } from "../links.js";

const part = (id) => document.getElementById(id);
const TASKS = "/desk/api/improvements";
/** Days until a new task is due, unless somebody writes another day. */
const USUAL = 30;
/** Comparing thousands of complaints takes a while, in milliseconds. */
const PATIENCE = 60_000;

let days = 30;
let overview = null;

async function refresh() {
  const found = await attempt(() => request(`/desk/api/causes?days=${days}`, { patience: PATIENCE }));
  if (!found) return;
  overview = found;
  part("agent").textContent = found.agent.name;
  part("causes").hidden = false;
  showHotspots(found, begin);
  showTasks(found.tasks, { turn, look: (id) => attempt(() => request(`${TASKS}/${id}`, { patience: PATIENCE })) });
}

function begin(cause, hotspot) {
  ask({
    title: "立整改任务",
    about: `针对“${cause.path}”里的 ${hotspot.count} 件投诉。请不要写客户的姓名和号码。`,
    go: "立任务",
    fields: [
      { name: "title", label: "任务名称", kind: "line", most: 120 },
      { name: "change", label: "准备改什么、怎么改", kind: "text", most: 1000 },
      { name: "owner", label: "负责人", kind: "choice", choices: overview.people },
      { name: "due", label: "什么时候完成", kind: "date", least: overview.today, value: later(overview.today, USUAL) },
    ],
    send: async ({ title, change, owner, due }) => {
      const { id } = await post(TASKS, {
        title, change, due, owner: Number(owner), cause: cause.path, numbers: hotspot.numbers.slice(0, 500),
      });
      await refresh();
      part(`task-${id}`)?.focus();
    },
  });
}

function turn(task, { id, label }) {
  const fields = [{ name: "why", label: WHY[id], kind: "text", most: 400 }];
  if (id === "change") fields.push({ name: "due", label: "新的完成期限", kind: "date", least: overview.today, value: task.due });
  ask({
    title: `${label}：${task.title}`,
    go: label,
    fields,
    send: async (values) => {
      await post(`${TASKS}/${task.id}/turns`, { turn: id, ...values });
      await refresh();
      part(`task-${task.id}`)?.focus();
    },
  });
}

const WHY = {
  start: "打算怎么开始",
  finish: "改了什么",
  check: "复核的依据，例如抽查了哪些网点",
  reopen: "为什么要再改",
  change: "为什么要调整",
};

/** The ISO date so many days after another one. */
function later(day, number) {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + number);
  return moment.toISOString().slice(0, 10);
}

preparePeriods((chosen) => {
  days = chosen;
  refresh();
});
await refresh();
showOwnLinks();
