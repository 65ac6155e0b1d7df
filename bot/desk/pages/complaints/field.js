/** One labelled field of a form, with its hint and its error beside it. */

import { element } from "/static/chat/dom.js";

let made = 0;

/** A text field, a text area, a list to choose from, or a tick box. */
export class Field {
  /**
   * @param {string} name as the server calls it
   * @param {string} label
   * @param {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} control
   * @param {{hint?: string}} [options]
   */
  constructor(name, label, control, { hint = "" } = {}) {
    this.name = name;
    this.control = control;
    control.id = `field-${(made += 1)}`;
    control.dataset.testid = `field-${name}`;
    this.wrong = element("p", { className: "wrong", id: `${control.id}-wrong`, role: "alert" });
    const said = hint && element("p", { className: "quiet", id: `${control.id}-hint`, textContent: hint });
    control.setAttribute("aria-describedby", [said && said.id, this.wrong.id].filter(Boolean).join(" "));
    const name_ = element("label", { htmlFor: control.id, textContent: label });
    const box = control.type === "checkbox";
    this.node = element("div", { className: box ? "field tick" : "field" }, ...(box ? [control, name_] : [name_, said, control]), this.wrong);
    control.addEventListener("input", () => this.fail(""));
  }

  get value() {
    return this.control.type === "checkbox" ? this.control.checked : this.control.value.trim();
  }

  /** Show what is wrong, or that nothing is any more. */
  fail(message) {
    this.wrong.textContent = message;
    if (message) this.control.setAttribute("aria-invalid", "true");
    else this.control.removeAttribute("aria-invalid");
  }
}

/** @param {[string, string][]} choices values and labels */
export function select(choices, { empty = "请选择" } = {}) {
  return element("select", {},
    element("option", { value: "", textContent: empty }),
    ...choices.map(([value, textContent]) => element("option", { value, textContent })));
}

export const line = (properties = {}) => element("input", { type: "text", autocomplete: "off", ...properties });
export const area = (properties = {}) => element("textarea", { rows: 4, autocomplete: "off", ...properties });
export const tick = () => element("input", { type: "checkbox" });

/**
 * Show a refusal beside its field and go there; false where it belongs to no field.
 * @param {Field[]} fields
 * @param {import("/static/chat/http.js").Refused} error
 */
export function showBeside(fields, error) {
  const field = fields.find(({ name }) => name === error.field);
  if (!field) return false;
  field.fail(error.message);
  field.control.focus();
  return true;
}

/** @param {Field[]} fields */
export const valuesOf = (fields) => Object.fromEntries(fields.map((field) => [field.name, field.value]));
