/** Puts the officers' page together: what was found on the left, one complaint on the right. */

import { Drafts } from "../drafts.js";
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { Field, area, select } from "./field.js";
import { Finding } from "./finding.js";
import { intakeForm } from "./intake.js";
import { Steps } from "./steps.js";
import { complaintView } from "./view.js";
import { showOwnLinks } from "../links.js";

const part = (id) => document.getElementById(id);
/** The counts are fetched anew so often, in milliseconds, while somebody looks. */
const REFRESH = 30_000;

let me = null;
let drafts = null;
/** The complaint on the right. @type {import("./api.js").Complaint|null} */
let open = null;
let steps = null;
let intake = null;
/** Whether the notice tells of a request that failed; the next one that succeeds takes it away. */
let failing = false;
/** How often was looked; an answer that comes after a later question is not shown. */
let asked = 0;

const finding = new Finding(look);

/** Run a request; a failure is told once, and the result is then undefined. */
async function attempt(work) {
  try {
    const result = await work();
    if (failing) notify("");
    return result;
  } catch (error) {
    if (error.status === 401) location.assign("/desk");
    else notify(error.message);
    failing = true;
    return undefined;
  }
}

function notify(text) {
  failing = false;
  part("notice").textContent = text;
}

async function refresh() {
  const overview = await attempt(api.overview);
  if (overview) finding.count(overview.buckets);
}

async function look(more) {
  const wanted = { ...finding.wanted, ...(more && { before: finding.last }) };
  const turn = (asked += 1);
  const found = await attempt(() => api.find(wanted));
  if (found && turn === asked) finding.show(found, more);
}

/** Show the complaint whose number stands in the address; "" shows none. */
async function follow() {
  const number = location.hash.slice(1);
  if (number && intake?.written()) return stay();
  if (!number) return close();
  if (number === open?.number) return undefined;
  notify("");
  const one = await attempt(() => api.open(number));
  if (one && location.hash.slice(1) === number) show(one);
  return undefined;
}

/** What is being written down is not lost to a click beside it. */
function stay() {
  history.replaceState(null, "", location.pathname);
  notify("正在登记的投诉还没有提交。请先按“登记”，或者按“取消”。");
  intake.focus();
}

/** @param {import("./api.js").Complaint} one */
function show(one) {
  open = one;
  intake = null;
  document.title = `${one.number} · 投诉 · 消保小宝`;
  document.body.classList.add("reading");
  steps = new Steps(one, drafts, { take, attempt });
  const acts = { back: () => { location.hash = ""; }, reveal, print, attachment, mayReveal: me.may.reveal };
  fill(...complaintView(one, acts, steps.node));
  finding.mark(one.number);
  part("complaint-title").focus();
}

function fill(...nodes) {
  part("open-empty").hidden = true;
  part("complaint").hidden = false;
  part("complaint").replaceChildren(...nodes);
  part("open").scrollTop = 0;
}

function close() {
  const { number } = open ?? {};
  open = steps = intake = null;
  document.title = "投诉 · 消保小宝";
  document.body.classList.remove("reading");
  part("open-empty").hidden = false;
  part("complaint").hidden = true;
  part("complaint").replaceChildren();
  finding.mark("");
  if (number) (part("list").querySelector(`[href="#${number}"]`) ?? part("list")).focus();
}

/** Take a step on the open complaint. Throws a Refused for the form to show. */
async function take(body) {
  const { number } = open;
  try {
    const after = await api.take(number, body);
    show(after);
    await Promise.all([refresh(), look(false)]);
    notify(done(after, body.step));
  } catch (error) {
    if (error.status === 401) location.assign("/desk");
    if (error.code !== "stale") throw error;
    await renew(number, error.message);
  }
}

/** Fetch the complaint again, and keep the form and what was written in it. */
async function renew(number, reason) {
  const { chosen } = steps;
  const one = await attempt(() => api.open(number));
  if (!one) return;
  show(one);
  await steps.reopen(chosen);
  notify(`${reason}您写的内容还在。`);
}

function done({ number, timeline, untold, reached }, step) {
  const taken = timeline.findLast((entry) => entry.step === step);
  const words = `${number}：已做“${taken.label}”。`;
  if (!reached) return `${words}但聊天消息没有送到客户，请打电话告知，再做“已告知客户”。`;
  return untold ? `${words}客户没有聊天窗口，请打电话告知，再做“已告知客户”。` : words;
}

const reason = (label) => new Field("reason", label, area({ rows: 2, maxLength: 200 }), { hint: "例如：打电话给客户核实经过。会记入日志。" });

function reveal() {
  const { number } = open;
  ask("看完整信息", "会显示客户的电话、卡号等。谁、什么时候、为什么看，都会记入日志。", [reason("为什么要看")], async (given) => {
    show(await api.reveal(number, given.reason));
  });
}

function print() {
  const { number } = open;
  const fields = me.may.reveal ? [reason("要印完整信息的话，写明原因；不写就隐去号码")] : [];
  ask("打印档案", "一份 PDF：基本情况、投诉内容、分类、时间线和日志摘要。", fields, async (given) => {
    await api.print(number, given.reason ?? "");
  });
}

function attachment(file) {
  const { number } = open;
  ask("打开附件", "附件里会有客户的个人信息。谁、什么时候、为什么看，都会记入日志。", [reason("为什么要看")], async (given) => {
    await api.attachment(number, file, given.reason);
  });
}

function exportFound() {
  const fields = [new Field("format", "格式", select([["csv", "CSV（其他系统）"]], { empty: "XLSX（Excel）" }))];
  if (me.may.export_clear) fields.push(reason("要导出完整信息的话，写明原因；不写就隐去号码"));
  ask("导出现在找到的投诉", "最多十万件。导出会记入日志，文件请妥善保管。", fields, async ({ format, reason: why }) => {
    await api.exportFound({ ...finding.wanted, format: format || "xlsx", reason: why ?? "" });
  });
}

function write() {
  if (location.hash) history.pushState(null, "", location.pathname);
  close();
  document.body.classList.add("reading");
  intake = intakeForm(me.intake, {
    cancel: () => { close(); part("new").focus(); },
    receive: async (body) => {
      const one = await api.receive(body);
      show(one);
      location.hash = one.number;
      await Promise.all([refresh(), look(false)]);
      notify(`已登记，编号 ${one.number}，${one.due} 前答复。请把编号和日期告诉客户。`);
    },
  });
  fill(intake.node);
  intake.focus();
}

addEventListener("hashchange", follow);
addEventListener("beforeunload", (event) => {
  if (intake?.written()) event.preventDefault();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && me) refresh(); });
part("new").addEventListener("click", write);
part("export").addEventListener("click", exportFound);

me = await attempt(api.overview);
if (me) {
  drafts = new Drafts(`${me.agent.login}.complaints`);
  part("agent").textContent = me.agent.name;
  part("new").hidden = !me.may.write;
  finding.prepare(me.choices);
  finding.count(me.buckets);
  part("desk").hidden = false;
  setInterval(() => { if (!document.hidden) refresh(); }, REFRESH);
  await look(false);
  await follow();
}
showOwnLinks();
