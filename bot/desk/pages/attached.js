/** What a customer sent beside words: a picture, a voice note to play, a paper to open. */

import { element } from "/static/chat/dom.js";

/** Pictures that browsers show. */
const PICTURES = new Set(["image/jpeg", "image/png", "image/webp"]);

/**
 * @typedef {{id: string, media_type: string, size: number, name: string, address: string}} Attached
 *   address: each fetch of it is journalled
 */

/** @param {Attached[]} files */
export const attachedNode = (files) => element("div", { className: "attached", "data-testid": "attached" }, ...files.map(nodeOf));

/** @param {Attached} file */
function nodeOf(file) {
  const { media_type: type, name, address } = file;
  if (type.startsWith("audio/")) {
    return element("audio", { controls: true, preload: "none", src: address, "aria-label": `客户发的录音：${name || "录音"}`, "data-testid": "attached-sound" });
  }
  const open = { href: address, target: "_blank", rel: "noreferrer" };
  if (PICTURES.has(type)) {
    return element("a", { ...open, className: "picture", title: "点开看大图", "data-testid": "attached-picture" },
      element("img", { src: address, alt: `客户发的图片：${name || "照片"}，点开看大图`, loading: "lazy" }));
  }
  return element("a", { ...open, className: "paper", textContent: `${name || "文件"}（${kindOf(type)}，${sizeOf(file)}）`, "data-testid": "attached-paper" });
}

const kindOf = (type) => (type === "application/pdf" ? "PDF" : type.split("/")[1].toUpperCase());

const sizeOf = ({ size }) => (size < 1024 * 1024 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`);
