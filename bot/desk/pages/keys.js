/** Keyboard shortcuts, by the key's place, since Alt changes its character on some keyboards. */

/**
 * @param {Record<string, () => void>} actions by the key's code, for example KeyN
 * @param {(place: number) => void} choose
 */
export function listenForKeys(actions, choose) {
  window.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const action = digit ? () => choose(Number(digit[1]) - 1) : actions[event.code];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
