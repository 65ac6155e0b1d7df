/** Puts the page together. */

import { LONGEST } from "./api.js";
import { objection } from "./attachments.js";
import { Conversation } from "./conversation.js";
import { Log } from "./log.js";
import { memory } from "./memory.js";
import { listenByMicrophone } from "./microphone.js";
import { StateBar } from "./statebar.js";
import { fit, sendOnEnter, setText } from "./textbox.js";
import { keepAboveKeyboard } from "./viewport.js";

const part = (id) => document.getElementById(id);
const box = part("text");
const bar = new StateBar(part("state"), part("connection"));

const log = new Log({ list: part("log"), scroller: part("scroller"), newer: part("newer") }, {
  choose: (button) => conversation.choose(button),
  conversation: () => memory.conversation,
  retry: (turn) => conversation.retry(turn),
  amend: (turn) => {
    conversation.withdraw(turn);
    setText(box, [turn.text, box.value].filter(Boolean).join("\n"));
    countRoom();
    box.focus();
  },
});

const conversation = new Conversation({
  memory,
  log,
  view: {
    status: (status) => bar.show(status),
    elder: showElder,
    typing: (text) => {
      part("typing").hidden = !text;
      if (text) part("typing-name").textContent = text;
    },
    connected: () => bar.connected(),
    disconnected: () => bar.disconnected(),
  },
});

function showElder(on) {
  memory.elder = on;
  if (document.documentElement.classList.toggle("elder", on)) part("elder").textContent = "标准版";
  else part("elder").textContent = "长辈版";
  part("elder").setAttribute("aria-label", `切换到${part("elder").textContent}`);
  showLarger(memory.larger);
  fit(box);
  log.settle();
}

/** One size more, within the elder view. */
function showLarger(on) {
  memory.larger = on;
  document.documentElement.classList.toggle("larger", on);
  part("larger").setAttribute("aria-pressed", String(on));
  part("larger").textContent = on ? "字小些" : "字再大";
  fit(box);
  log.settle();
}

function submit() {
  const text = box.value.trim();
  if (!text || [...text].length > LONGEST) return;
  setText(box, "");
  memory.draft = "";
  conversation.say(text);
}

/** Say how much room is left only when it is running out. */
function countRoom() {
  const left = LONGEST - [...box.value.trim()].length;
  if (left > 200) part("room").textContent = "";
  else part("room").textContent = left >= 0 ? `还可以写 ${left} 个字` : `多了 ${-left} 个字，请分成两条发送`;
}

box.addEventListener("input", () => {
  memory.draft = box.value;
  countRoom();
  conversation.typed();
});
sendOnEnter(box, submit);
part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  // With a real keyboard the next sentence follows at once; on a telephone the keyboard would hide the answer.
  if (matchMedia("(hover: hover)").matches) box.focus();
});
part("attach").addEventListener("click", () => part("files").click());
part("files").addEventListener("change", () => {
  for (const file of part("files").files) {
    const problem = objection(file);
    if (problem) part("room").textContent = `${file.name}：${problem}`;
    else conversation.attach(file);
  }
  part("files").value = ""; // so that the same file can be chosen again
});
part("human").addEventListener("click", () => conversation.human());
part("elder").addEventListener("click", () =>
  conversation.setElder(!document.documentElement.classList.contains("elder")));

part("larger").addEventListener("click", () => showLarger(!memory.larger));
listenByMicrophone(part("microphone"), {
  heard: (text) => {
    setText(box, text);
    box.dispatchEvent(new Event("input"));
  },
  failed: (text) => { part("room").textContent = text; },
});

// The address may say who it is, or that large letters are wanted; it is then forgotten.
const address = new URL(location.href);
if (address.searchParams.has("customer")) {
  memory.customer = address.searchParams.get("customer");
  address.searchParams.delete("customer");
  history.replaceState(null, "", address);
}
const wantsElder = document.documentElement.classList.contains("elder");
showElder(memory.elder || wantsElder);
setText(box, memory.draft);
keepAboveKeyboard(part("app"), () => log.toEnd());
conversation.open(wantsElder);
