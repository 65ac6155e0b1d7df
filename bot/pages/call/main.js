/** Puts the page of a call together: 拨打, 挂断, the keys, and 转人工 at any moment. */

import { getHistory, postTurn } from "../chat/api.js";
import { element, reconcile } from "../chat/dom.js";
import { newId, Offline, request } from "../chat/http.js";
import { memory } from "../chat/memory.js";
import { Line } from "./line.js";
import { NoMicrophone, obstacle, openMicrophone } from "./microphone.js";
import { Speaker } from "./speaker.js";

const part = (id) => document.getElementById(id);
const HOTLINE = document.querySelector("meta[name=hotline]").content;
const NAMES = { bot: "小宝", customer: "您" };
const LETTERS = { 0: "人工" };
/** Milliseconds that the last words can be read before the chat opens. */
const READING = 2_500;

/** The call that is there, or is being set up. */
let call = null;
let ticking = 0;

function state(text) {
  part("state").textContent = text;
}

function notice(text) {
  part("notice").textContent = text;
  part("notice").hidden = !text;
}

/** Show the buttons as they are with a call or without one. */
function showCall(on) {
  part("dial").textContent = on ? "挂断" : "拨打";
  part("dial").toggleAttribute("data-on", on);
  part("keys").hidden = !on;
  part("hint").hidden = on;
  if (!on) showKeys(false);
}

function showKeys(on) {
  part("keypad").hidden = !on;
  part("captions").hidden = on; // a small screen has no room for both
  part("keys").setAttribute("aria-expanded", String(on));
}

function showClock(since) {
  clearInterval(ticking);
  part("clock").hidden = since === null;
  if (since === null) return;
  const tick = () => {
    const seconds = Math.floor((performance.now() - since) / 1000);
    part("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  tick();
  ticking = setInterval(tick, 1000);
}

/** What was understood and what is being said: both are stored before the answer is heard. */
async function caption() {
  const mine = call;
  const history = await getHistory(memory.conversation).catch(() => null);
  if (!history || call !== mine) return;
  const last = (author) => history.messages.findLast((message) => message.author === author && message.text);
  const lines = ["customer", "bot"].map(last).filter(Boolean).sort((one, other) => one.id - other.id);
  reconcile(part("captions"), lines, ({ id }) => id, ({ author, text }) =>
    element("p", { className: `caption caption-${author}` }, element("b", { textContent: NAMES[author] }), text), () => {});
}

async function dial() {
  notice("");
  const problem = obstacle();
  if (problem) {
    notice(problem);
    return;
  }
  const mine = { context: new AudioContext(), microphone: null, line: null, lock: null };
  call = mine;
  showCall(true);
  state("正在接通……");
  try {
    // The browser asks for the microphone first: whoever refuses it is not called for nothing.
    const microphone = await openMicrophone(mine.context, {
      heard: (samples) => mine.line?.say(samples),
      lost: () => finish(mine, "麦克风断开了", "请检查麦克风，再点“拨打”；也可以点“转人工”。"),
    });
    mine.microphone = microphone;
    const { token, conversation } = await request("/api/call", { body: { conversation: memory.conversation ?? "" } });
    memory.conversation = conversation;
    if (call === mine) connect(mine, token);
    else release(mine);
  } catch (error) {
    if (call !== mine) release(mine);
    else if (error instanceof NoMicrophone) finish(mine, "还没有接通", error.message);
    else if (error instanceof Offline) finish(mine, "没有接通", `网络不通，请稍后再拨，或用电话拨打 ${HOTLINE}。`);
    else finish(mine, "没有接通", error.message);
  }
}

function connect(mine, token) {
  const speaker = new Speaker(mine.context);
  mine.line = new Line(token, {
    up: () => {
      state("通话中，请说话");
      showClock(performance.now());
      keepAwake(mine);
    },
    sound: (samples) => {
      if (speaker.idle) caption();
      speaker.play(samples);
    },
    flush: () => speaker.flush(),
    mark: (reached) => speaker.mark(reached),
    ended: (how) => ended(mine, how),
  });
}

/** A screen that goes dark would end the call on many telephones. */
async function keepAwake(mine) {
  mine.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  if (call !== mine) mine.lock?.release();
}

/** The bank's side has ended, or the connection is gone. */
function ended(mine, how) {
  if (how === "human") {
    finish(mine, "正在为您转人工", "");
    part("hint").textContent = "这里不是电话线路，客服会用文字和您接着说，马上为您打开。";
    setTimeout(human, READING);
  } else if (how === "overload") {
    finish(mine, "线路正忙", `现在打电话的人多。请点“转人工”用文字说，或稍后再拨，也可以用电话拨打 ${HOTLINE}。`);
  } else if (how === "lost") {
    finish(mine, "通话断了", "可能是网络不好。请再点“拨打”，或点“转人工”。刚才说的都还在。");
  } else {
    finish(mine, "通话结束", "");
    part("hint").textContent = "还有问题可以再拨，也可以点“文字对话”看刚才说的内容。";
  }
}

function finish(mine, text, problem) {
  if (call !== mine) return;
  call = null;
  release(mine);
  showCall(false);
  showClock(null);
  state(text);
  notice(problem);
}

function release(mine) {
  mine.line?.close();
  mine.microphone?.close();
  mine.lock?.release();
  if (mine.context.state !== "closed") mine.context.close();
}

/** One step, whatever the call does: the chat opens, and the customer is in the queue. */
async function human() {
  part("human").disabled = true;
  if (call) finish(call, "正在为您转人工", "");
  try {
    await queue();
    location.assign("/");
  } catch (error) {
    const offline = error instanceof Offline;
    notice(offline ? `网络不通，请再点一次“转人工”，或用电话拨打 ${HOTLINE}。` : error.message);
    part("human").disabled = false;
  }
}

async function queue() {
  const turn = { id: newId(), payload: "/human" };
  const known = memory.conversation;
  const history = known ? await getHistory(known).catch(() => null) : null;
  if (history && history.mode !== "bot") return;
  const options = { patience: 8_000, customer: memory.customer };
  const answer = await postTurn(known, turn, options).catch((error) => {
    // The call never came so far that there was a conversation.
    if (error.code !== "unknown_conversation") throw error;
    return postTurn(null, turn, options);
  });
  memory.conversation = answer.conversation;
}

for (const digit of "123456789*0#") {
  const letters = LETTERS[digit] && element("small", { textContent: LETTERS[digit] });
  const key = element("button", { className: "key", type: "button", "data-key": digit }, digit, letters);
  // Key 0 means a human at any moment; here no telephone exchange sees to it, so the page does.
  key.addEventListener("click", () => (digit === "0" ? human() : call?.line?.press(digit)));
  part("keypad").append(key);
}
part("keys").addEventListener("click", () => showKeys(part("keypad").hidden));
part("dial").addEventListener("click", () => {
  if (call) finish(call, "已挂断", "");
  else dial();
});
part("human").addEventListener("click", human);
window.addEventListener("pagehide", () => { if (call) finish(call, "已挂断", ""); });
notice(obstacle());
