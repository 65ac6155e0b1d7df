/** A button that acts on its second press, for what cannot be undone. */

/**
 * @param {HTMLButtonElement} button
 * @param {string} question what the button says between the presses
 * @param {() => void} act
 */
export function twoPresses(button, question, act) {
  const name = button.textContent;
  const arm = (armed) => {
    button.classList.toggle("armed", armed);
    button.textContent = armed ? question : name;
  };
  const press = () => {
    const armed = button.classList.contains("armed");
    arm(!armed);
    if (armed) act();
    else button.focus();
  };
  button.addEventListener("click", press);
  button.addEventListener("blur", () => arm(false));
  button.addEventListener("keydown", (event) => { if (event.key === "Escape") arm(false); });
  return { press, disarm: () => arm(false) };
}
