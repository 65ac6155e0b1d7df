/** Files: what may be sent, how they travel, and how they are shown. */

import { element } from "./dom.js";
import { Offline, Refused } from "./http.js";

/** As the server has it. */
const MAX_BYTES = 10 * 1024 * 1024;
/** Without a byte moving for so long, in milliseconds, the network counts as gone. */
const PATIENCE = 30_000;
const SHOWABLE = new Set(["image/jpeg", "image/png", "image/webp"]);

/** Why a file cannot even be tried; null where it can. @param {File} file */
export function objection(file) {
  if (file.size > MAX_BYTES) return "文件太大，每个最多 10 MB。请换一张小一点的照片，或者把录音分成几段。";
  return file.size ? null : "这个文件是空的，请重新选一个。";
}

/** How a message with only this file reads. @param {File} file */
export function kindOf({ type }) {
  if (type.startsWith("image/")) return "［图片］";
  return type.startsWith("audio/") ? "［录音］" : "［文件］";
}

/**
 * Send one file as a turn. The same `id` again returns the stored answer. Throws Offline or Refused.
 * @param {string|null} conversation
 * @param {{id: string, file: File}} turn
 * @param {(share: number) => void} progress told from 0 to 1
 */
export function postFile(conversation, { id, file }, progress) {
  const form = new FormData();
  if (conversation) form.append("conversation", conversation);
  form.append("id", id);
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    // fetch() cannot tell how much of a body has gone.
    const request = new XMLHttpRequest();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), PATIENCE);
    };
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      alive();
      if (total) progress(loaded / total);
    });
    request.addEventListener("loadend", () => {
      clearTimeout(timer);
      if (request.status === 200 && request.response) resolve(request.response);
      else reject(request.status ? refusal(request) : new Offline("没有网络"));
    });
    request.open("POST", "/api/attachments");
    request.responseType = "json";
    alive();
    request.send(form);
  });
}

function refusal(request) {
  const { code = "unavailable", message = "系统暂时忙不过来，请稍后再试。" } = request.response?.error ?? {};
  return new Refused(request.status, code, message, Number(request.getResponseHeader("Retry-After")) || 0);
}

/**
 * The files of a message: pictures small, others by their names; each opens in full.
 * @param {import("./api.js").Attachment[]} attachments
 * @param {string} conversation
 */
export function attachmentList(attachments, conversation) {
  return element("div", { className: "files", "data-testid": "files" },
    ...attachments.map((one) => attachmentLink(one, conversation)));
}

function attachmentLink({ id, media_type: type, name }, conversation) {
  const address = `/api/attachments/${id}?conversation=${encodeURIComponent(conversation)}`;
  const picture = SHOWABLE.has(type);
  const shown = picture
    ? element("img", { src: address, alt: `您发的图片：${name || "照片"}`, loading: "lazy" })
    : element("span", { textContent: name || "文件" });
  return element("a", {
    className: picture ? "file picture" : "file",
    href: address,
    target: "_blank",
    rel: "noreferrer",
    "data-testid": "file",
  }, shown);
}

/** How far a file has come, for eyes and for screen readers. @param {number} share 0 to 1 */
export function progressBar(share) {
  return element("progress", { className: "sent", max: 1, value: share, "aria-label": "正在发送文件", "data-testid": "sent" });
}
