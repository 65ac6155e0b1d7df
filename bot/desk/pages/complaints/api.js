/** The complaints' side of the desk's HTTP contract. */

import { Offline, refusal, request } from "/static/chat/http.js";
import { OURS, post } from "../api.js";

const API = "/desk/api/complaints";

/**
 * @typedef {{number: string, state: string, label: string, due: string|null,
 *   days_left: number|null, product: string, elder: boolean, branch: string, owner: string|null,
 *   extension_asked: boolean, received: string, summary: string}} Row
 * @typedef {{step: string, label: string, why: string, required: boolean, hint: string,
 *   to: ""|"branch"|"number"|"case", owner: boolean, coding: boolean, twice: boolean,
 *   tells: boolean}} StepForm
 * @typedef {{step: string, label: string, at: string, who: string, state: string,
 *   due: string|null, why: string, to: string, untold: boolean}} Entry
 * @typedef {Row & {texts: {name: string, label: string, text: string}[], timeline: Entry[],
 *   steps: StepForm[], seen: number, clear: boolean, recused: boolean, chat: boolean,
 *   attachments: {id: string, name: string, media_type: string, size: number, digest: string}[],
 *   untold: boolean, related: string[], merged: string[], merged_into: string}} Complaint
 * @typedef {{label: string, path: string, parts: Node[]}} Node a leaf has no parts
 * @typedef {{tree: Object<string, Node>, confirmed: Object<string, string>|null,
 *   suggestions: Object<string, {path: string, confidence: number}[]>}} Coding by axis
 */

export const overview = () => request(`${API}/overview`);

/** @param {Object<string, string>} wanted @returns {Promise<{total: number, more: boolean, complaints: Row[]}>} */
export const find = (wanted) => request(`${API}?${new URLSearchParams(wanted)}`);

/** @returns {Promise<Complaint>} */
export const open = (number) => request(`${API}/${number}`);

/** @returns {Promise<Complaint & {reached: boolean}>} */
export const take = (number, body) => post(`${API}/${number}/steps`, body);

export const reveal = (number, reason) => post(`${API}/${number}/reveal`, { reason });
export const receive = (body) => post(API, body);

/** @returns {Promise<Coding>} */
export const coding = (number) => request(`${API}/${number}/coding`);
export const print = (number, reason) => download(`${API}/${number}/file`, { reason }, `${number}.pdf`);
export const attachment = (number, { id, name }, reason) =>
  download(`${API}/${number}/attachments/${id}`, { reason }, name);
export const exportFound = (wanted) => download(`${API}/export`, wanted, `投诉.${wanted.format}`);

/** Fetch a file, however long it takes, and hand it to the browser under `name`. */
async function download(path, body, name) {
  const response = await fetch(path, {
    method: "POST",
    headers: { ...OURS, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch((cause) => { throw new Offline("没有网络，没有下载成功。", { cause }); });
  if (!response.ok) throw await refusal(response);
  const file = await response.blob().catch((cause) => { throw new Offline("下载中断，请再试一次。", { cause }); });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
