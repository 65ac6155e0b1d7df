/** Speaking instead of typing, where the browser can; what it understood stands in the box to be read. */

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

const TROUBLE = {
  "not-allowed": "没有打开麦克风权限，请在浏览器里允许，或者打字。",
  "no-speech": "没有听到您说话，请再按一次“说话”。",
  network: "没有网络，听不了，请打字或拨打电话。",
};

/**
 * @param {HTMLButtonElement|null} button null where the bank offers none; hidden where the browser cannot listen
 * @param {{heard: (text: string) => void, failed: (text: string) => void}} parts
 */
export function listenByMicrophone(button, { heard, failed }) {
  if (!button || !Recognition) return;
  let ear = null;
  button.hidden = false;
  const show = (on) => {
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "说完了" : "说话";
  };
  button.addEventListener("click", () => {
    if (ear) {
      ear.stop();
      return;
    }
    ear = new Recognition();
    ear.lang = "zh-CN";
    ear.interimResults = true;
    // Elders pause; only their own press ends it.
    ear.continuous = true;
    ear.onresult = ({ results }) => heard([...results].map(([best]) => best.transcript).join(""));
    ear.onerror = ({ error }) => failed(TROUBLE[error] ?? "没有听清，请再说一次，或者打字。");
    ear.onend = () => {
      ear = null;
      show(false);
    };
    show(true);
    ear.start();
  });
}
