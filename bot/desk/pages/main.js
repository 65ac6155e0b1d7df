/** Puts the desk together: signed in or out, live or not, and what the lists and keys do. */

import * as api from "./api.js";
import { Drafts } from "./drafts.js";
import { listenForKeys } from "./keys.js";
import { Lists } from "./lists.js";
import { Panel } from "./panel.js";
import { prepareSignIn, showDesk, showSignIn } from "./signin.js";
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

function enter(who) {
  const same = agent?.login === who.login;
  if (!same) {
    if (agent) panel.close();
    drafts = new Drafts(who.login);
    panel.use(drafts);
  }
  agent = who;
  showDesk(who);
  part("open").focus();
  stream?.close();
  stream = new Stream(api.EVENTS, { queue: show, message: receive }, { up, down });
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

function show(queue) {
  lists.show(queue);
  // Someone else ended or took over what is open here.
  if (panel.mine && !queue.mine.some(({ conversation }) => conversation === panel.id)) panel.refresh();
}

function receive({ conversation, message }) {
  panel.receive(conversation, message);
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
part("sign-out").addEventListener("click", async () => {
  if (await attempt(api.signOut)) leave(false);
});
listenForKeys({
  first: () => { if (agent && lists.waiting.length) accept(lists.waiting[0].id); },
  end: () => panel.pressEnd(),
  choose: (place) => { if (lists.mine[place]) panel.open(lists.mine[place].conversation); },
});
document.addEventListener("visibilitychange", () => lists.mark(panel.id));

const known = await attempt(api.me, (error) => {
  showSignIn(false);
  part("wrong").textContent = error.message;
});
if (known) enter(known.agent);
