/** The card that shows a complaint: its number to write down, and the day of the answer. */

import { element } from "./dom.js";
import { fullDate } from "./times.js";

/** Letters apart from digits, digits in fours: TS 2026 1124 0007. @param {string} number */
export function grouped(number) {
  return number.match(/[A-Za-z]+|\d{1,4}|[^A-Za-z\d]+/g)?.filter((part) => /\w/.test(part)) ?? [number];
}

/** @param {import("./api.js").Complaint} complaint */
export function complaintCard({ number, state, due }) {
  const done = element("span", { className: "unseen", role: "status" });
  const copy = element("button", { type: "button", className: "copy", textContent: "复制", "aria-label": "复制投诉编号", "data-testid": "copy" });
  copy.addEventListener("click", async () => {
    const copied = await copyText(number);
    copy.textContent = copied ? "已复制" : "请抄写";
    copy.setAttribute("aria-label", copied ? "已复制投诉编号" : "请抄写投诉编号");
    done.textContent = copied ? "投诉编号已复制" : "这个浏览器不能复制，请您抄写投诉编号";
  });
  // No landmark: one conversation may show the same complaint several times.
  return element("div", { className: "card", role: "group", "aria-label": "投诉登记", "data-testid": "complaint", "data-number": number },
    element("p", { className: "card-title", textContent: `投诉编号 · ${state}` }),
    element("div", { className: "card-row" },
      element("p", { className: "number", "data-testid": "complaint-number" },
        ...grouped(number).map((part) => element("span", { textContent: part }))),
      copy),
    due && element("p", { className: "due", "data-testid": "complaint-due" },
      "最晚 ", element("strong", { textContent: fullDate(due) }), " 答复您"),
    done);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

/** For pages without TLS and for older browsers, which have no clipboard object. */
function copyOldWay(text) {
  const focused = document.activeElement;
  const box = element("textarea", { value: text, className: "unseen", readOnly: true });
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  focused?.focus();
  return copied;
}
