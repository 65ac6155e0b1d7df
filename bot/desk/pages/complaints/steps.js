/** The steps that can be taken now, and the form of the one that was chosen. */

import { element } from "/static/chat/dom.js";
import { twoPresses } from "../twopresses.js";
import { codingFields } from "./coding.js";
import { Field, area, line, select, showBeside } from "./field.js";

export class Steps {
  #complaint;
  #drafts;
  #take;
  #attempt;
  #node = element("section", { className: "steps", "aria-labelledby": "steps-title", "data-testid": "steps" });
  #chosen = "";

  /**
   * @param {import("./api.js").Complaint} complaint
   * @param {import("../drafts.js").Drafts} drafts
   * @param {{take: (body: object) => Promise<void>, attempt: Function}} acts take throws a Refused,
   *   shown in the form; attempt runs a request and says what went wrong
   */
  constructor(complaint, drafts, { take, attempt }) {
    this.#complaint = complaint;
    this.#drafts = drafts;
    this.#take = take;
    this.#attempt = attempt;
    this.#buttons();
  }

  get node() {
    return this.#node;
  }

  /** The step whose form is open; "" where none is. */
  get chosen() {
    return this.#chosen;
  }

  /** Open the form of `step` again, after the complaint was fetched anew. */
  async reopen(step) {
    const form = this.#complaint.steps.find((one) => one.step === step);
    if (form) await this.#open(form);
  }

  #buttons() {
    const { steps, recused } = this.#complaint;
    this.#chosen = "";
    this.#node.replaceChildren(
      element("h3", { id: "steps-title", textContent: "下一步" }),
      steps.length
        ? element("div", { className: "buttons" }, ...steps.map((form, place) => element("button", {
            type: "button",
            className: place === 0 ? "primary" : "",
            textContent: form.label,
            "data-testid": `step-${form.step}`,
            onclick: () => this.#open(form),
          })))
        : element("p", { className: "quiet", textContent: recused ? "您已回避这件投诉。" : "您现在没有可以做的步骤。" }));
  }

  /** @param {import("./api.js").StepForm} form */
  async #open(form) {
    this.#chosen = form.step;
    const fields = await this.#attempt(() => this.#fields(form));
    if (!fields || this.#chosen !== form.step) return;
    const wrong = element("p", { className: "wrong", role: "alert", "data-testid": "step-wrong" });
    const go = element("button", { type: "submit", className: "primary", textContent: "提交", "data-testid": "step-go" });
    const cancel = () => {
      this.#buttons();
      this.#node.querySelector(`[data-testid="step-${form.step}"]`)?.focus();
    };
    const node = element("form", { className: "step-form", noValidate: true, "data-testid": "step-form" },
      ...fields.map((field) => field.node),
      element("p", { className: "quiet", textContent: this.#consequence(form) }),
      wrong,
      element("div", { className: "buttons" }, go, element("button", { type: "button", textContent: "取消", onclick: cancel, "data-testid": "step-cancel" })));
    const submit = async () => {
      wrong.textContent = "";
      if (missing(fields)) return;
      go.disabled = true;
      try {
        await this.#take({ step: form.step, seen: this.#complaint.seen, ...bodyOf(fields) });
        this.#drafts.write(this.#key(form), "");
      } catch (error) {
        if (!showBeside(fields, error)) wrong.textContent = error.message;
      } finally {
        go.disabled = false;
      }
    };
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!form.twice) submit();
    });
    if (form.twice) twoPresses(go, `再按一次，${form.label}`, submit);
    node.addEventListener("keydown", (event) => {
      if (event.key === "Escape") cancel();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) node.requestSubmit();
    });
    this.#node.replaceChildren(element("h3", { id: "steps-title", textContent: form.label }), node);
    (fields[0]?.control ?? go).focus();
  }

  async #fields(form) {
    const { number, branches, owners } = this.#complaint;
    const fields = form.coding ? await codingFields(number) : [];
    if (form.owner) fields.push(new Field("owner", "经办人", select(owners.map(({ id, name }) => [id, name]))));
    if (form.to === "branch") fields.push(new Field("to", "转给哪个机构", select(branches.map((name) => [name, name]))));
    if (form.to === "number") fields.push(new Field("to", "并入哪一件（编号）", line({ inputMode: "numeric", maxLength: 16 })));
    if (form.to === "case") fields.push(new Field("to", "调解组织和案号", line({ maxLength: 120 })));
    if (form.why) fields.push(...this.#writing(form));
    return fields;
  }

  /** The text, with the templates to begin it from; what was typed survives until it is sent. */
  #writing(form) {
    const control = area({ rows: form.step === "answer" ? 10 : 4, value: this.#drafts.read(this.#key(form)) });
    const why = new Field("why", form.why, control, { hint: form.required ? "" : "可以不填。" });
    why.required = form.required && form.hint;
    control.addEventListener("input", () => this.#drafts.write(this.#key(form), control.value));
    const templates = this.#complaint.templates.filter(({ steps }) => steps.includes(form.step));
    if (!templates.length) return [why];
    const from = new Field("template", "从模板开始（可以不选）", select(templates.map(({ title, group }, place) => [place, `${group}：${title}`]), { empty: "自己写" }), {
      hint: "{ } 里的内容要您来填，没填完不能提交。",
    });
    from.apart = true;
    from.control.addEventListener("change", () => {
      if (from.control.value === "") return;
      control.value = templates[Number(from.control.value)].text;
      control.dispatchEvent(new Event("input"));
      control.focus();
      toFirstGap(control);
    });
    return [from, why];
  }

  #consequence({ tells, step }) {
    if (!tells) return "";
    const { chat, merged } = this.#complaint;
    const others = step === "answer" && merged.length ? `并入的 ${merged.length} 件投诉的客户也会收到这段答复，请不要写别人的个人信息。` : "";
    return (chat ? "提交后，客户马上会在聊天里收到通知。" : "这位客户没有聊天窗口，提交后请另行告知。") + others;
  }

  #key({ step }) {
    return `${this.#complaint.number}.${step}`;
  }
}

/** Select the first gap that is left, so that typing replaces it. */
function toFirstGap(control) {
  const gap = /\{[\u4e00-\u9fff]{1,12}\}/.exec(control.value);
  if (gap) control.setSelectionRange(gap.index, gap.index + gap[0].length);
}

/** Say beside the first empty field what to do; true where there is one. */
function missing(fields) {
  const empty = fields.find(({ required, value }) => required && !value);
  if (!empty) return false;
  empty.fail(empty.required);
  empty.control.focus();
  return true;
}

function bodyOf(fields) {
  const body = {};
  for (const { name, value, axis, apart } of fields) {
    if (apart || value === "") continue;
    if (axis) body.coding = { ...body.coding, [axis]: value };
    else body[name] = name === "owner" ? Number(value) : value;
  }
  return body;
}
