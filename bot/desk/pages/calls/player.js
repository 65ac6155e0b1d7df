/** Hears a recording, once there is a reason; knows where in the call it is. */

import { element } from "/static/chat/dom.js";
import { soundOf } from "./api.js";

/** What is said begins a little before its time was noted, in seconds. */
const BEFORE = 1;

const WHY_NOT = {
  none: () => "这通电话没有录音。",
  live: () => "通话还没有结束，结束以后才能听录音。",
  deleted: (at) => `录音满了保存期限，已在 ${new Date(at).toLocaleDateString("zh-CN", { dateStyle: "long" })}删除。`,
};

export class Player {
  #call;
  #ask;
  #audio = null;
  #moved;
  #node = element("section", { className: "sound", "aria-labelledby": "sound-title", "data-testid": "sound" });

  /**
   * @param {import("./api.js").Call} call
   * @param {{ask: (then: (heard: {ticket: string, whole: boolean}) => void) => void,
   *   moved: (second: number) => void}} acts ask: gets a ticket for a reason
   */
  constructor(call, { ask, moved }) {
    this.#call = call;
    this.#ask = ask;
    this.#moved = moved;
    this.#node.append(element("h3", { id: "sound-title", textContent: "录音" }), ...this.#closed());
  }

  get node() {
    return this.#node;
  }

  get canPlay() {
    return !(this.#call.sound in WHY_NOT);
  }

  /** Play from this second of the call on; asks for the reason first where none was given yet. */
  playFrom(second) {
    if (!this.#audio) this.#ask((heard) => this.#load(heard, second));
    else this.#seek(second);
  }

  /** Make it quiet, for good. */
  stop() {
    this.#audio?.pause();
    this.#audio?.removeAttribute("src");
  }

  #closed() {
    const { sound, deleted } = this.#call;
    if (!this.canPlay) return [element("p", { className: "quiet", textContent: WHY_NOT[sound](deleted) })];
    return [
      element("p", { className: "quiet", textContent: "左边是客户，右边是小宝。谁、什么时候、为什么听，都会记入日志。" }),
      element("button", { type: "button", className: "primary", textContent: "听录音", "data-testid": "listen", onclick: () => this.playFrom(0) }),
    ];
  }

  #load({ ticket, whole }, second) {
    const { id, missed_s: missed } = this.#call;
    const remarks = [
      !whole && "录音不完整，只录到中途：网关停过，或者磁盘满了。",
      missed > 0 && `系统忙，有 ${missed.toFixed(1)} 秒没有录上，听起来是没有声音。`,
    ].filter(Boolean);
    this.#audio = element("audio", { controls: true, preload: "auto", src: soundOf(id, ticket), "aria-label": "通话录音", "data-testid": "audio" });
    this.#audio.addEventListener("timeupdate", () => this.#moved(this.#audio.currentTime));
    this.#audio.addEventListener("error", () => this.#broke());
    this.#node.classList.add("heard");
    this.#fill(this.#audio, ...remarks.map((textContent) => element("p", { className: "remark", textContent })));
    this.#audio.focus();
    this.#seek(second);
  }

  #broke() {
    if (!this.#audio?.hasAttribute("src")) return;
    this.#audio = null;
    this.#node.classList.remove("heard");
    this.#fill(element("p", { className: "wrong", role: "alert", textContent: "录音放不出来：可能过了一小时，或者网络断了。请再写一次原因来听。" }), ...this.#closed());
  }

  #fill(...nodes) {
    this.#node.replaceChildren(this.#node.firstElementChild, ...nodes);
  }

  #seek(second) {
    this.#audio.currentTime = Math.max(0, second - BEFORE);
    // A browser that does not let a page make sound by itself leaves it to the play button.
    this.#audio.play().catch(() => {});
  }
}
