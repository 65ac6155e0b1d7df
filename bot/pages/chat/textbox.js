/** A text box that grows with its text and sends on Enter, but never in the middle of an IME's word. */

/**
 * @param {HTMLTextAreaElement} box
 * @param {() => void} submit
 */
export function sendOnEnter(box, submit) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // Safari ends the composition before the key event; 229 is what remains of it.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  box.addEventListener("input", () => fit(box));
}

/** Set the text as a program, with the height that belongs to it. */
export function setText(box, text) {
  box.value = text;
  fit(box);
}

/** The style sheet's max-height limits the growth. */
export function fit(box) {
  box.style.height = "auto";
  const borders = box.offsetHeight - box.clientHeight;
  box.style.height = `${box.scrollHeight + borders}px`;
}
