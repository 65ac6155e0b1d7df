/** The calls' side of the desk's HTTP contract. */

import { request } from "/static/chat/http.js";
import { post } from "../api.js";

const API = "/desk/api/calls";

/**
 * @typedef {"none"|"deleted"|"live"|"cut"|"whole"} Sound
 * @typedef {{id: number, at: string, customer: string, caller: string, seconds: number|null,
 *   ending: string|null, label: string, turns: number, elder: boolean, complaints: string[],
 *   sound: Sound}} Row seconds: null while it goes on
 * @typedef {import("../api.js").Message & {second: number}} Line second: since the call began
 * @typedef {Row & {messages: Line[], steps: string[], deleted: string|null,
 *   recorded_s: number|null, missed_s: number,
 *   opens_complaints: boolean,
 *   times: {number: number, second: number, ms: (number|null)[], waited: number}[]}} Call
 *   ms: of each of `steps`
 * @typedef {{agent: {name: string}, today: string, endings: [string, string][], sees_all: boolean,
 *   total: number, more: boolean, calls: Row[], turns: number,
 *   figures: {name: string, p50: number|null, p95: number|null}[]}} Found
 */

/** @param {Record<string, string>} wanted @returns {Promise<Found>} */
export const find = (wanted) => request(`${API}?${new URLSearchParams(wanted)}`);

/** @returns {Promise<Call>} */
export const open = (id) => request(`${API}/${id}`);

/** Why it is heard is journalled. @returns {Promise<{ticket: string, whole: boolean}>} */
export const listen = (id, reason) => post(`${API}/${id}/listen`, { reason });

export const soundOf = (id, ticket) => `${API}/${id}/sound?${new URLSearchParams({ ticket })}`;
export const chartOf = (id) => `/desk/calls/${id}.svg`;
