/** A question with fields, asked in front of the page; what was written survives a refusal. */

import { element } from "/static/chat/dom.js";

const part = (id) => document.getElementById(id);
let answer = null;

/**
 * @param {{title: string, about?: string, go: string, fields: Field[],
 *   send: (values: Record<string, string>) => Promise<unknown>}} question
 *   send: throws an error whose message tells what is to be mended
 * @typedef {{name: string, label: string, kind: "line"|"text"|"date"|"choice", value?: string,
 *   most?: number, least?: string, choices?: {id: number, name: string}[]}} Field
 */
export function ask({ title, about = "", go, fields, send }) {
  answer = send;
  part("dialog-title").textContent = title;
  part("dialog-about").textContent = about;
  part("dialog-wrong").textContent = "";
  part("dialog-form").querySelector("[type=submit]").textContent = go;
  part("dialog-fields").replaceChildren(...fields.flatMap(labelled));
  part("dialog").showModal();
  part("dialog-fields").querySelector("input, textarea, select")?.focus();
}

function labelled(field) {
  const id = `field-${field.name}`;
  return [element("label", { htmlFor: id, textContent: field.label }), input(field, id)];
}

/** @param {Field} field */
function input({ name, kind, value = "", most, least, choices = [] }, id) {
  const own = { id, name, "data-testid": name, autocomplete: "off" };
  if (kind === "text") return element("textarea", { ...own, rows: 4, maxLength: most, value });
  if (kind === "date") return element("input", { ...own, type: "date", min: least, value });
  if (kind === "line") return element("input", { ...own, type: "text", maxLength: most, value });
  return element("select", own,
    element("option", { value: "", textContent: "请选择" }),
    ...choices.map((one) => element("option", { value: String(one.id), textContent: one.name })));
}

part("dialog-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("[type=submit]");
  button.disabled = true;
  part("dialog-wrong").textContent = "";
  try {
    await answer(Object.fromEntries(new FormData(event.target)));
    part("dialog").close();
  } catch (error) {
    part("dialog-wrong").textContent = error.message;
  } finally {
    button.disabled = false;
  }
});
part("dialog-cancel").addEventListener("click", () => part("dialog").close());
