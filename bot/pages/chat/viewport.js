/** Keeps the page within what can be seen while a telephone's keyboard is open. */

/**
 * Some browsers lay the keyboard over the page instead of making room; 转人工 must not go under it.
 * @param {HTMLElement} app
 * @param {() => void} opened called when the keyboard has taken room
 */
export function keepAboveKeyboard(app, opened) {
  const seen = window.visualViewport;
  if (!seen) return;
  let covered = false;
  const adapt = () => {
    // Pinch zoom also shrinks what is seen, but then the customer wants to look around.
    const keyboard = seen.scale === 1 && window.innerHeight - seen.height > 100;
    app.style.height = keyboard ? `${seen.height}px` : "";
    app.style.top = keyboard ? `${seen.offsetTop}px` : "";
    if (keyboard && !covered) opened();
    covered = keyboard;
  };
  seen.addEventListener("resize", adapt);
  seen.addEventListener("scroll", adapt);
}
