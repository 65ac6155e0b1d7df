/** The desk's side of the HTTP contract. */

import { request } from "/static/chat/http.js";

/**
 * @typedef {import("/static/chat/api.js").Message} Message
 * @typedef {{id: number, conversation: number, customer: string, channel: string,
 *   urgency: "fraud"|"elder"|"normal", elder: boolean, reason: string, waiting_s: number,
 *   last: string, unread: number}} Handoff
 * @typedef {{waiting: Handoff[], mine: Handoff[]}} Queue
 * @typedef {{id: number, customer: string, channel: string, elder: boolean, urgency: string,
 *   mode: string, mine: boolean, messages: Message[],
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

export const end = (conversation) => post(`/desk/api/conversations/${conversation}/end`);

export const EVENTS = "/desk/api/events";
