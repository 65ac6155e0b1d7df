/** 通话: the calls on the left, one with its recording on the right. */

import { attempt } from "../attempt.js";
import { ask } from "../complaints/dialog.js";
import { Field, area, showBeside } from "../complaints/field.js";
import { showOwnLinks } from "../links.js";
import * as api from "./api.js";
import { Finding } from "./finding.js";
import { Player } from "./player.js";
import { callView } from "./view.js";

const part = (id) => document.getElementById(id);

/** The call on the right. @type {import("./api.js").Call|null} */
let open = null;
let player = null;
/** How often was looked; an answer that comes after a later question is not shown. */
let asked = 0;

const finding = new Finding(look);

async function look(more) {
  const wanted = { ...finding.wanted, ...(more && { before: finding.last }) };
  const turn = (asked += 1);
  const found = await attempt(async () => {
    try {
      return await api.find(wanted);
    } catch (error) {
      if (!showBeside(finding.fields, error)) throw error;
      return undefined;
    }
  });
  if (found && turn === asked) finding.show(found, more);
}

/** Show the call whose number stands in the address; "" shows none. */
async function follow() {
  const id = Number(location.hash.slice(1));
  if (!id) return close();
  if (id === open?.id) return undefined;
  const call = await attempt(() => api.open(id));
  if (call && Number(location.hash.slice(1)) === id) show(call);
  return undefined;
}

/** @param {import("./api.js").Call} call */
function show(call) {
  player?.stop();
  open = call;
  document.body.classList.add("reading");
  player = new Player(call, { ask: (then) => askWhy(call, then), moved: (second) => view.follow(second) });
  const view = callView(call, player, () => { location.hash = ""; });
  part("open-empty").hidden = true;
  part("call").hidden = false;
  part("call").replaceChildren(...view.nodes);
  part("open").scrollTop = 0;
  finding.mark(call.id);
  part("call-title").focus();
}

function askWhy({ id }, then) {
  const reason = new Field("reason", "为什么要听", area({ rows: 2, maxLength: 200 }), { hint: "例如：核实客户说的扣款经过。会记入日志。" });
  ask("听录音", "录音里有客户的声音和个人信息，请戴耳机听，不要外传。", [reason], async (given) => {
    const heard = await api.listen(id, given.reason);
    if (open?.id === id) then(heard);
  });
}

function close() {
  const { id } = open ?? {};
  player?.stop();
  open = player = null;
  document.body.classList.remove("reading");
  part("open-empty").hidden = false;
  part("call").hidden = true;
  part("call").replaceChildren();
  finding.mark(null);
  if (id) (part("list").querySelector(`[href="#${id}"]`) ?? part("list")).focus();
}

addEventListener("hashchange", follow);

const first = await attempt(() => api.find({}));
if (first) {
  part("agent").textContent = first.agent.name;
  finding.prepare(first);
  part("desk").hidden = false;
  await Promise.all([look(false), follow()]);
}
showOwnLinks();
