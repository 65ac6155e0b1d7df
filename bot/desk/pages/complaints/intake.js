/** Writing down a complaint for a customer at the counter or on the telephone. */

import { element } from "/static/chat/dom.js";
import { Field, area, line, select, showBeside, tick, valuesOf } from "./field.js";

const LONG = new Set(["what", "representatives"]);

/**
 * @param {{name: string, label: string, hint: string, options: string[], required: boolean}[]} asked
 * @param {{receive: (body: object) => Promise<void>, cancel: () => void}} acts receive throws a Refused
 */
export function intakeForm(asked, { receive, cancel }) {
  const fields = [
    ...asked.map(({ name, label, hint, options, required }) => new Field(name, required ? `${label}（必填）` : label, control(name, options), { hint })),
    new Field("elder", "客户是长辈（六十岁以上）", tick()),
    new Field("anonymous", "客户要求匿名", tick()),
  ];
  const wrong = element("p", { className: "wrong", role: "alert" });
  const go = element("button", { type: "submit", className: "primary", textContent: "登记", "data-testid": "intake-go" });
  const form = element("form", { className: "intake", noValidate: true, "data-testid": "intake" },
    element("h2", { textContent: "登记新投诉", tabIndex: -1 }),
    element("p", { className: "quiet", textContent: "替柜面或电话里的客户登记。只问必要的事，不要问密码和验证码。" }),
    ...fields.map(({ node }) => node),
    wrong,
    element("div", { className: "buttons" }, go, element("button", { type: "button", textContent: "取消", onclick: cancel })));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    go.disabled = true;
    try {
      await receive(valuesOf(fields));
    } catch (error) {
      if (!showBeside(fields, error)) wrong.textContent = error.message;
    } finally {
      go.disabled = false;
    }
  });
  return { node: form, focus: () => fields[0].control.focus(), written: () => fields.some(({ value }) => value) };
}

function control(name, options) {
  if (options.length) return select(options.map((option) => [option, option]));
  return LONG.has(name) ? area() : line();
}
