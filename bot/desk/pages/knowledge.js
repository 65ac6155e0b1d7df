/** 知识: what customers asked in vain, and drafts of articles about it. */

import { element } from "/static/chat/dom.js";
import { request } from "/static/chat/http.js";
import { post } from "./api.js";
import { attempt } from "./attempt.js";
import { twoPresses } from "./twopresses.js";
import { showOwnLinks } from "./links.js";

/**
 * @typedef {{ids: number[], question: string, others: string[], unanswered: number,
 *   handed_off: number, last: string, nearest: {id: string, title: string}|null}} Group
 * @typedef {{id: string, title: string, text: string, remarks: string[]}} Draft
 */

const API = "/desk/api/knowledge";
const part = (id) => document.getElementById(id);

/** The draft in the editor, as last saved. @type {Draft|null} */
let open = null;

async function refresh() {
  const overview = await attempt(() => request(API));
  if (!overview) return;
  part("knowledge").hidden = false;
  part("groups").replaceChildren(...overview.groups.map(groupItem));
  part("groups-empty").hidden = overview.groups.length > 0;
  part("more").hidden = overview.more === 0;
  part("more").textContent = `还有 ${overview.more} 组，处理完上面的就会出现。`;
  part("drafts").replaceChildren(...overview.drafts.map(draftItem));
  part("drafts-empty").hidden = overview.drafts.length > 0;
}

const text = (tag, textContent, className = "") => element(tag, { textContent, className });

function button(testid, act, properties, ...children) {
  return element("button", { type: "button", "data-testid": testid, onclick: act, ...properties }, ...children);
}

/** @param {Group} group */
function groupItem(group) {
  const { unanswered, handed_off: handedOff, others, nearest } = group;
  return element("li", { className: "group", "data-testid": "group" },
    text("h3", group.question),
    element("p", { className: "chips" },
      unanswered && text("span", `没答上 ${unanswered} 次`, "chip"),
      handedOff && text("span", `答完又转人工 ${handedOff} 次`, "chip"),
      text("span", `最近 ${new Date(group.last).toLocaleDateString("zh-CN")}`, "chip"),
    ),
    others.length > 0 && element("ul", {}, ...others.map((other) => text("li", other))),
    text("p", nearest ? `最接近的文章：${nearest.title}` : "没有接近的文章", "quiet"),
    element("div", { className: "buttons" },
      button("write", () => begin(group), { textContent: "写成文章", className: "primary" }),
      button("settle", () => settle(group), { textContent: "不用写" }),
    ),
  );
}

function draftItem({ id, title, remarks }) {
  const current = { "aria-current": String(open?.id === id) };
  return element("li", {}, button("draft", () => show(id), current,
    text("span", title),
    text("span", remarks ? `还有 ${remarks} 处要补` : "可以送审", "quiet"),
  ));
}

async function begin(group) {
  if (!mayLeave()) return;
  const draft = await attempt(() => post(`${API}/drafts`, { ids: group.ids }));
  if (draft) edit(draft);
  await refresh();
}

async function settle(group) {
  await attempt(() => post(`${API}/settle`, { ids: group.ids }));
  await refresh();
}

async function show(id) {
  if (!mayLeave()) return;
  const draft = await attempt(() => request(`${API}/drafts/${id}`));
  if (draft) edit(draft);
  await refresh();
}

/** @param {Draft} draft */
function edit(draft) {
  open = draft;
  part("editor").hidden = false;
  part("editor-title").textContent = draft.title;
  part("text").value = draft.text;
  remark(draft);
  part("text").focus();
}

function remark({ remarks }) {
  part("verdict").textContent = remarks.length
    ? `还有 ${remarks.length} 处要补或要改：`
    : "检查通过，可以请内容管理员收进知识库，再送审。";
  part("remarks").replaceChildren(...remarks.map((one) => text("li", one)));
}

function unsaved() {
  return open !== null && part("text").value !== open.text;
}

function mayLeave() {
  if (!unsaved()) return true;
  part("notice").textContent = "正在写的草稿还没有保存，请先按“保存并检查”。";
  part("text").focus();
  return false;
}

part("editor").addEventListener("submit", async (event) => {
  event.preventDefault();
  const saved = await attempt(() => post(`${API}/drafts/${open.id}`, { text: part("text").value }));
  if (!saved) return;
  open = saved;
  part("editor-title").textContent = saved.title;
  remark(saved);
  await refresh();
});

twoPresses(part("remove"), "再按一次，删去", async () => {
  if (!(await attempt(() => post(`${API}/drafts/${open.id}/remove`)))) return;
  open = null;
  part("editor").hidden = true;
  await refresh();
});

addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

await refresh();
showOwnLinks();
