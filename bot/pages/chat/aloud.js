/** Reads a message aloud with the browser's own voice; slower in the elder view. */

import { element } from "./dom.js";

export const canReadAloud = "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;

let reading = null;

/** A button under a message; a second press stops. @param {string} text */
export function readAloudButton(text) {
  const button = element("button", { type: "button", className: "aloud", textContent: "朗读", "aria-pressed": "false", "data-testid": "aloud" });
  button.addEventListener("click", () => {
    const again = reading === button;
    stop();
    if (!again) begin(button, text);
  });
  return button;
}

function begin(button, text) {
  const words = new SpeechSynthesisUtterance(text);
  words.lang = "zh-CN";
  words.rate = document.documentElement.classList.contains("elder") ? 0.8 : 1;
  const voice = speechSynthesis.getVoices().find(({ lang }) => lang.replace("_", "-").startsWith("zh-CN"));
  if (voice) words.voice = voice;
  words.onend = words.onerror = () => { if (reading === button) stop(); };
  reading = button;
  show(button, true);
  speechSynthesis.speak(words);
}

function stop() {
  if (reading) show(reading, false);
  reading = null;
  speechSynthesis.cancel();
}

function show(button, on) {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? "停止朗读" : "朗读";
}
