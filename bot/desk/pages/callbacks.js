/** Promised calls: by when, whom, and ticked off. */

import * as api from "./api.js";
import { element, reconcile } from "/static/chat/dom.js";
import { clockTime, dayName } from "/static/chat/times.js";
import { chipsFor } from "./chips.js";
import { twoPresses } from "./twopresses.js";

const part = (id) => document.getElementById(id);

export class Callbacks {
  #attempt;
  #opened;

  /** @param {{attempt: Function, opened: (conversation: number) => void}} actions */
  constructor({ attempt, opened }) {
    this.#attempt = attempt;
    this.#opened = opened;
  }

  /** @param {{callbacks: import("./api.js").Callback[], promises: number}} queue */
  show({ callbacks, promises }) {
    part("callbacks-part").hidden = callbacks.length === 0;
    part("callbacks-count").textContent = promises;
    reconcile(part("callbacks"), callbacks, ({ id }) => id, (one) => this.#row(one), update);
  }

  #row({ id }) {
    const contact = element("button", {
      type: "button", className: "contact", "data-testid": "contact", title: "查看会记入日志",
      onclick: async () => {
        const shown = await this.#attempt(() => api.revealContact(id));
        if (shown) contact.replaceWith(element("strong", { className: "contact", textContent: shown.text, "data-testid": "contact-shown" }));
      },
    });
    const done = element("button", { type: "button", textContent: "已回电", "data-testid": "called" });
    twoPresses(done, "再按一次确认", () => this.#attempt(() => api.calledBack(id)));
    return element("li", { className: "callback", "data-testid": "callback" },
      element("p", { className: "row-top" },
        element("span", { className: "name" }), element("span", { className: "due", "data-testid": "due" })),
      element("p", { className: "chips" }),
      element("p", { className: "reason" }),
      contact,
      element("div", { className: "buttons" },
        element("button", {
          type: "button", textContent: "对话回复", "data-testid": "answer",
          onclick: async () => {
            const taken = await this.#attempt(() => api.answerInChat(id));
            if (taken) this.#opened(taken.conversation);
          },
        }), done));
  }
}

function update(row, callback) {
  const { customer, number, promised, late, contact, reason } = callback;
  row.dataset.late = String(late);
  row.querySelector(".name").textContent = customer;
  row.querySelector(".due").textContent = `${late ? "已过 " : ""}${dayName(promised)} ${clockTime(promised)}${late ? "" : " 前"}`;
  row.querySelector(".chips").replaceChildren(...chipsFor(callback));
  row.querySelector(".reason").textContent = `${reason} · 登记号 ${number}`;
  const button = row.querySelector("button.contact");
  if (!button) return;
  button.textContent = contact ? `查看电话 ${contact}` : "没有留电话";
  button.disabled = !contact;
}
