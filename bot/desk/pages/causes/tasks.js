/** The right half: improvement tasks, what was done, and whether the complaints end. */

import { element } from "/static/chat/dom.js";
import { fullDate } from "/static/chat/times.js";
import { chip, numbersOf, text } from "./shown.js";

const part = (id) => document.getElementById(id);

/**
 * @typedef {{id: number, title: string, change: string, owner: string, due: string, cause: string,
 *   stage: string, label: string, overdue: boolean, done_on: string|null, numbers: string[],
 *   turns: {id: string, label: string}[]}} Task
 */

/**
 * @param {Task[]} tasks
 * @param {{turn: (task: Task, turn: {id: string, label: string}) => void,
 *   look: (id: number) => Promise<object|undefined>}} actions
 */
export function showTasks(tasks, actions) {
  part("tasks").replaceChildren(...tasks.map((task) => taskItem(task, actions)));
  part("tasks-empty").hidden = tasks.length > 0;
}

/** @param {Task} task */
function taskItem(task, { turn, look }) {
  const after = text("p", "", "after");
  after.dataset.testid = "after";
  const past = element("ol", { className: "past", "data-testid": "past" });
  const row = element("li", { className: "task", id: `task-${task.id}`, "data-testid": "task", "data-stage": task.stage, tabIndex: -1 },
    text("h3", task.title),
    element("p", { className: "chips" },
      chip(task.label, `chip-${task.stage}`),
      task.overdue && chip("已过期限", "chip-overdue"),
      chip(`负责人 ${task.owner}`),
      chip(`${fullDate(task.due)} 前完成`)),
    text("p", task.change, "change"),
    text("p", `针对：${task.cause}`, "quiet"),
    after,
    numbersOf(task.numbers, "要消除的投诉"),
    pastOf(task, past, look),
    task.turns.length > 0 && element("div", { className: "buttons" }, ...task.turns.map((one) => element("button", {
      type: "button", textContent: one.label, "data-testid": `turn-${one.id}`,
      "aria-label": `${one.label}：${task.title}`, onclick: () => turn(task, one),
    }))));
  if (task.done_on) look(task.id).then((found) => found && showAfter(after, found.after));
  return row;
}

/** The history, fetched when it is opened. */
function pastOf({ id }, past, look) {
  const details = element("details", { "data-testid": "history" }, text("summary", "谁、什么时候、为什么"), past);
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    const found = await look(id);
    if (found) past.replaceChildren(...found.past.map(pastItem));
  });
  return details;
}

function pastItem({ at, who, what, why }) {
  const moment = new Date(at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
  return element("li", {}, text("p", `${moment} · ${who} · ${what}`, "quiet"), why && text("p", why));
}

function showAfter(line, { count, until, over, numbers }) {
  const when = over ? "30 天已满" : `观察到 ${fullDate(until)}为止`;
  line.textContent = count ? `改后仍有 ${count} 件同样的投诉（${when}）` : `改后没有同样的投诉（${when}）`;
  line.dataset.still = String(count > 0);
  if (count) line.after(numbersOf(numbers, "改后的投诉"));
}
