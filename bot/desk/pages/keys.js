/** Keyboard shortcuts, by the key's place, since Alt changes its character on some keyboards. */

/** @param {{first: () => void, end: () => void, choose: (place: number) => void}} actions */
export function listenForKeys({ first, end, choose }) {
  window.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const action = digit ? () => choose(Number(digit[1]) - 1) : { KeyN: first, KeyE: end }[event.code];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
