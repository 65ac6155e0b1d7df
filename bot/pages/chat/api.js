/** The customer's side of the HTTP contract. */

import { request } from "./http.js";

/** The longest text of one message, in characters. */
export const LONGEST = 2000;

/**
 * @typedef {{title: string, payload: string}} Button
 * @typedef {{position: number, eta_s: number|null, attended: boolean, callback: string|null}} Handoff
 *   attended: whether anybody takes customers now; callback: by when the bank calls, where it promised
 * @typedef {{id: string, title: string, sources: string[], effective: string}} Article
 * @typedef {{number: string, state: string, due: string}} Complaint
 * @typedef {{id: string, media_type: string, size: number, name: string}} Attachment
 * @typedef {{id: number, author: "customer"|"bot"|"agent"|"system", name?: string|null,
 *   text: string, at: string, client_id?: string, buttons?: Button[], article?: Article|null,
 *   complaint?: Complaint|null, handoff?: Handoff|null, attachments?: Attachment[]}} Message
 * @typedef {{mode: "bot"|"waiting"|"human", elder: boolean, agent?: string|null,
 *   handoff?: Handoff|null}} Status
 */

/** Send one turn. The same `id` again returns the stored answer. */
export function postTurn(conversation, { id, text, payload }, { patience, customer }) {
  const body = { id, ...(conversation && { conversation }), ...(text && { text }), ...(payload && { payload }), ...(customer && { customer }) };
  return request("/api/messages", { body, patience });
}

/** The customer is writing to the agent. */
export const tellTyping = (conversation) => request("/api/typing", { body: { conversation } });

/** @returns {Promise<{mode: string, elder: boolean, messages: Message[]}>} */
export const getHistory = (conversation) =>
  request(`/api/history?conversation=${encodeURIComponent(conversation)}`);

export const eventsAddress = (conversation) =>
  `/api/events?conversation=${encodeURIComponent(conversation)}`;

/**
 * What a history tells about the present. Its last messages say who is there, but what is known
 * already of the same mode is newer.
 * @param {Status} known
 * @returns {Status}
 */
export function statusOf({ mode, elder, messages }, known) {
  if (mode === known.mode) return { mode, elder };
  const last = (pick) => messages.map(pick).filter(Boolean).pop() ?? null;
  if (mode === "human") return { mode, elder, agent: last((message) => message.author === "agent" && message.name) };
  return { mode, elder, handoff: last((message) => message.handoff) };
}
