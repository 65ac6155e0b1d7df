/** The desk's side of the HTTP contract. */

import { request } from "/static/chat/http.js";

/**
 * @typedef {import("/static/chat/api.js").Message & {attachments?: import("./attached.js").Attached[]}} Message
 * @typedef {{id: number, conversation: number, customer: string, number: string, channel: string,
 *   urgency: "fraud"|"elder"|"normal", elder: boolean, reason: string, waiting_s: number,
 *   agent: string|null, agent_id: number|null, attended: boolean, wanted: number|null, team: string|null, last: string,
 *   unread: number}} Handoff
 * @typedef {{id: number, number: string, customer: string, channel: string, urgency: string,
 *   elder: boolean, reason: string, contact: string, promised: string, late: boolean}} Callback
 * @typedef {{waiting: Handoff[], total: number, mine: Handoff[], callbacks: Callback[], promises: number,
 *   live?: Handoff[]}} Queue
 *   live: what every agent has; for supervisors only
 * @typedef {{id: number, customer: string, channel: string, elder: boolean, urgency: string,
 *   mode: string, mine: boolean, joined: boolean, agent: string|null, summary: string[],
 *   facts: {number: string, reason: string, first: string, served: number, last_outcome: string|null},
 *   notes: {name: string, text: string, at: string}[], messages: Message[],
 *   complaints: {number: string, state: string, due: string, summary: string}[]}} Opened
 */

/** A form on another site cannot set this header. */
export const OURS = { "X-Desk": "1" };

export const post = (path, body = {}) => request(path, { body, headers: OURS });

export const signIn = (login, password) => post("/desk/api/sign-in", { login, password });
export const signOut = () => post("/desk/api/sign-out");
export const me = () => request("/desk/api/me");

/** @returns {Promise<Queue>} */
export const getQueue = () => request("/desk/api/queue");

/** @returns {Promise<{conversation: number}>} */
export const accept = (handoff) => post(`/desk/api/handoffs/${handoff}/accept`);

/** @returns {Promise<Opened>} */
export const getConversation = (id) => request(`/desk/api/conversations/${id}`);

/** The same `id` again returns the stored message. @returns {Promise<Message>} */
export const say = (conversation, id, text) =>
  post(`/desk/api/conversations/${conversation}/messages`, { id, text });

const step = (conversation, name, body) => post(`/desk/api/conversations/${conversation}/${name}`, body);

/** @param {string} outcome one of the codes in `getWordings` */
export const end = (conversation, outcome) => step(conversation, "end", { outcome });
/** @param {{colleague: number}|{team: string}} to */
export const transfer = (conversation, to) => step(conversation, "transfer", to);
export const join = (conversation) => step(conversation, "join");
export const takeOver = (conversation) => step(conversation, "take-over");
export const keepNote = (conversation, text) => step(conversation, "notes", { text });
export const tellTyping = (conversation) => step(conversation, "typing");

/** What the customer wrote, in full; it is journalled. @returns {Promise<{text: string}>} */
export const reveal = (conversation, message) => step(conversation, "reveal", { message });

/** @returns {Promise<{replies: {title: string, text: string}[], outcomes: {code: string, label: string}[]}>} */
export const getWordings = () => request("/desk/api/wordings");

/** @returns {Promise<{articles: {id: string, title: string, answer: string}[]}>} */
export const findArticles = (words) => request(`/desk/api/articles?q=${encodeURIComponent(words)}`);

/** @returns {Promise<{status: string|null, statuses: {code: string, label: string}[],
 *   colleagues: {id: number, name: string, team: string|null, status: string}[], teams: string[]}>} */
export const getColleagues = () => request("/desk/api/colleagues");
export const setStatus = (status) => post("/desk/api/status", { status });

export const revealContact = (callback) => post(`/desk/api/callbacks/${callback}/reveal`);
export const answerInChat = (callback) => post(`/desk/api/callbacks/${callback}/answer`);
export const calledBack = (callback) => post(`/desk/api/callbacks/${callback}/done`);

export const EVENTS = "/desk/api/events";
