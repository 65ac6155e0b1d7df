/** Short marks that tell in words, and by colour besides, what to know about a customer. */

import { element } from "/static/chat/dom.js";

export const CHANNELS = { web: "网页", telegram: "Telegram", wechat: "微信", wecom: "企业微信", hotline: "热线" };

/** @param {{urgency: string, elder: boolean, channel: string}} customer */
export function chipsFor({ urgency, elder, channel }) {
  return [
    urgency === "fraud" && chip("涉诈", "fraud"),
    (elder || urgency === "elder") && chip("长辈", "elder"),
    chip(CHANNELS[channel] ?? channel, "channel"),
  ].filter(Boolean);
}

/** One mark. */
export const chip = (text, kind) => element("span", { className: `chip chip-${kind}`, textContent: text });
