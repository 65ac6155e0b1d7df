/** 知识: what customers asked in vain, and drafts of articles about it. */

import { request } from "/static/chat/http.js";
import { twoPresses } from "./twopresses.js";

/**
 * @typedef {{ids: number[], question: string, others: string[], unanswered: number,
 *   handed_off: number, last: string, nearest: {id: string, title: string}|null}} Group
 * @typedef {{id: string, title: string, text: string, remarks: string[]}} Draft
 */

const API = "/desk/api/knowledge";
const part = (id) => document.getElementById(id);
const post = (path, body = {}) => request(path, { body, headers: { "X-Desk": "1" } });

/** The draft in the editor, as last saved. @type {Draft|null} */
let open = null;

async function attempt(work) {
  part("notice").textContent = "";
  try {
    return await work();
  } catch (error) {
    if (error.status === 401) location.assign("/desk");
    else part("notice").textContent = error.message;
    return undefined;
  }
}

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

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function button(text, act, testid, className = "") {
  const made = element("button", text, className);
  made.type = "button";
  made.dataset.testid = testid;
  made.addEventListener("click", act);
  return made;
}

/** @param {Group} group */
function groupItem(group) {
  const item = element("li", "", "group");
  item.dataset.testid = "group";
  const chips = element("p", "", "chips");
  if (group.unanswered) chips.append(element("span", `没答上 ${group.unanswered} 次`, "chip"));
  if (group.handed_off) chips.append(element("span", `答完又转人工 ${group.handed_off} 次`, "chip"));
  chips.append(element("span", `最近 ${new Date(group.last).toLocaleDateString("zh-CN")}`, "chip"));
  const others = element("ul");
  others.append(...group.others.map((text) => element("li", text)));
  const nearest = group.nearest ? `最接近的文章：${group.nearest.title}` : "没有接近的文章";
  const buttons = element("div", "", "buttons");
  buttons.append(
    button("写成文章", () => begin(group), "write", "primary"),
    button("不用写", () => settle(group), "settle"),
  );
  item.append(element("h3", group.question), chips);
  if (group.others.length) item.append(others);
  item.append(element("p", nearest, "quiet"), buttons);
  return item;
}

function draftItem({ id, title, remarks }) {
  const made = button("", () => show(id), "draft");
  made.append(element("span", title), element("span", remarks ? `还有 ${remarks} 处要补` : "可以送审", "quiet"));
  made.setAttribute("aria-current", String(open?.id === id));
  const item = element("li");
  item.append(made);
  return item;
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
  part("remarks").replaceChildren(...remarks.map((text) => element("li", text)));
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
