/** Asks for something before it is done: why personal data is needed, in which format to export. */

import { element } from "/static/chat/dom.js";
import { showBeside, valuesOf } from "./field.js";

const part = (id) => document.getElementById(id);

/**
 * @param {string} title
 * @param {string} words what will happen
 * @param {import("./field.js").Field[]} fields
 * @param {(values: Object<string, unknown>) => Promise<void>} act throws a Refused, shown here
 */
export function ask(title, words, fields, act) {
  const dialog = part("dialog");
  const wrong = element("p", { className: "wrong", role: "alert" });
  part("dialog-title").textContent = title;
  part("dialog-body").replaceChildren(
    element("p", { className: "quiet", textContent: words }),
    ...fields.map(({ node }) => node),
    wrong);
  part("dialog-form").onsubmit = async (event) => {
    event.preventDefault();
    const go = part("dialog-form").querySelector("[type=submit]");
    wrong.textContent = "";
    go.disabled = true;
    try {
      await act(valuesOf(fields));
      dialog.close();
    } catch (error) {
      if (!showBeside(fields, error)) wrong.textContent = error.message;
    } finally {
      go.disabled = false;
    }
  };
  part("dialog-cancel").onclick = () => dialog.close();
  dialog.showModal();
  (fields[0]?.control ?? part("dialog-form").querySelector("[type=submit]")).focus();
}
