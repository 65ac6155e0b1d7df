/** A sound and a notice of the system when somebody begins to wait or answers. */

import { lasting } from "/static/chat/memory.js";

const button = document.getElementById("sound");
let context = null;

export const alerts = {
  /** Remembered for this browser; a sound needs a press first, which browsers insist on. */
  prepare() {
    show();
    button.addEventListener("click", async () => {
      lasting.write("desk.sound", on() ? "0" : "1");
      show();
      if (!on()) return;
      sound();
      if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
    });
  },

  /** @param {string} text what has happened, without anything personal */
  tell(text) {
    if (!on()) return;
    sound();
    if (document.visibilityState === "visible" || !("Notification" in window)) return;
    if (Notification.permission !== "granted") return;
    const notice = new Notification("消保小宝 · 人工坐席", { body: text, tag: "desk" });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
  },
};

const on = () => lasting.read("desk.sound") === "1";

function show() {
  button.setAttribute("aria-pressed", String(on()));
  button.textContent = on() ? "提示音：开" : "提示音：关";
}

/** Two short tones. */
function sound() {
  context ??= new AudioContext();
  context.resume();
  [660, 880].forEach((frequency, place) => {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const begin = context.currentTime + place * 0.16;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.15, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.15);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + 0.15);
  });
}
