/** Puts the desk together: signed in or out, live or not, and what the lists and keys do. */

import * as api from "./api.js";
import { alerts } from "./alerts.js";
import { Callbacks } from "./callbacks.js";
import { Drafts } from "./drafts.js";
import { listenForKeys } from "./keys.js";
import { Lists } from "./lists.js";
import { Panel } from "./panel.js";
import { prepareSignIn, showDesk, showSignIn } from "./signin.js";
import { element } from "/static/chat/dom.js";
import { Stream } from "/static/chat/stream.js";

const part = (id) => document.getElementById(id);

/** Notices stay this long, in milliseconds; they say nothing that cannot be seen elsewhere too. */
const NOTICE = 12_000;

let agent = null;
let drafts = null;
let stream = null;
let forgetting = 0;

const lists = new Lists({ accept, choose: (conversation) => panel.open(conversation) });
const panel = new Panel({
  attempt,
  changed: (id) => {
    lists.mark(id);
    document.body.classList.toggle("reading", id !== null);
  },
  ended: (id) => {
    const next = lists.mine.find(({ conversation }) => conversation !== id);
    if (next) panel.open(next.conversation);
    else part("open").focus();
  },
});
const callbacks = new Callbacks({ attempt, opened: (conversation) => panel.open(conversation) });

/** Run a request; a failure is told once, and the result is then undefined. */
async function attempt(work, failed = (error) => notify(error.message)) {
  try {
    return await work();
  } catch (error) {
    if (error.status === 401) leave(true);
    else failed(error);
    return undefined;
  }
}

function notify(text) {
  clearTimeout(forgetting);
  part("notice").textContent = text;
  forgetting = setTimeout(() => { part("notice").textContent = ""; }, NOTICE);
}

async function accept(handoff) {
  const taken = await attempt(() => api.accept(handoff), async (error) => {
    notify(error.message);
    const queue = await attempt(api.getQueue);
    if (queue) lists.show(queue);
  });
  if (taken) await panel.open(taken.conversation);
}

async function enter(who) {
  if (!who.pages.includes("desk")) {
    // Customers are not theirs to see; what they came for is elsewhere.
    location.assign(`/desk/${who.pages[0]}`);
    return;
  }
  const same = agent?.login === who.login;
  const wordings = await attempt(api.getWordings, (error) => {
    showSignIn(false);
    part("wrong").textContent = error.message;
  });
  const around = wordings && (await attempt(api.getColleagues));
  if (!around) return;
  if (!same) {
    if (agent) panel.close();
    drafts = new Drafts(who.login);
    panel.use(drafts, who, wordings);
    lists.use(who);
  }
  agent = who;
  part("status").replaceChildren(...around.statuses.map(({ code, label }) => element("option", { value: code, textContent: label })));
  showDesk(who);
  part("open").focus();
  stream?.close();
  stream = new Stream(api.EVENTS, {
    queue: showQueue, mine: showMine, live: (live) => lists.show(live),
    message: receive, typing: ({ conversation }) => panel.typing(conversation),
  }, { up, down });
  if (same && panel.id !== null) panel.open(panel.id);
}

/** @param {boolean} expired the server has forgotten the agent; otherwise they leave by themselves */
function leave(expired) {
  stream?.close();
  stream = null;
  if (!expired) {
    panel.close();
    drafts.clear();
    agent = null;
  }
  if (part("sign-in").hidden) showSignIn(expired && agent !== null);
}

function showQueue(queue) {
  const known = new Set(lists.waiting.map(({ id }) => id));
  lists.show(queue);
  callbacks.show(queue);
  const come = queue.waiting.filter(({ id }) => !known.has(id));
  if (come.length) alerts.tell(come.some(({ urgency }) => urgency === "fraud") ? "有客户可能正在被骗，请马上接入" : `有 ${queue.total} 位客户在等`);
}

function showMine({ mine, status }) {
  const has = (conversation) => mine.some((one) => one.conversation === conversation);
  const lost = lists.mine.find(({ conversation, attended }) => !attended && !has(conversation));
  if (lost && status === "away") notify(`${lost.customer} 等了 30 秒没有收到回复，已转给其他同事。您的状态改成了“离开”，回来时请改回“接待中”。`);
  lists.show({ mine });
  part("status").value = status;
  // Someone else ended or took over what is open here.
  if (panel.mine && !has(panel.id)) panel.refresh();
}

function receive({ conversation, message }) {
  lists.hear(conversation, message);
  panel.receive(conversation, message);
  const unseen = conversation !== panel.id || document.visibilityState !== "visible";
  if (message.author === "customer" && unseen) alerts.tell("客户有新消息");
}

function up(again) {
  showLink(true);
  if (again) panel.refresh();
}

function down() {
  showLink(false);
  // The stream does not tell why it broke; a signed-out agent must not wait for it in vain.
  attempt(api.me, () => {});
}

function showLink(on) {
  part("link").dataset.up = String(on);
  part("link").textContent = on ? "实时连接" : "连接断开，正在重连";
}

prepareSignIn(enter);
alerts.prepare();
part("status").addEventListener("change", () => attempt(() => api.setStatus(part("status").value)));
part("sign-out").addEventListener("click", async () => {
  if (await attempt(api.signOut)) leave(false);
});
listenForKeys({
  KeyN: () => { if (agent && lists.waiting.length) accept(lists.waiting[0].id); },
  KeyE: () => panel.end(),
  KeyT: () => panel.transfer(),
  KeyK: () => panel.canned(),
  KeyA: () => panel.articles(),
  KeyM: () => panel.note(),
}, (place) => { if (lists.mine[place]) panel.open(lists.mine[place].conversation); });
document.addEventListener("visibilitychange", () => lists.mark(panel.id));

const known = await attempt(api.me, (error) => {
  showSignIn(false);
  part("wrong").textContent = error.message;
});
if (known) enter(known.agent);
