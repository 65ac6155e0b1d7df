/** The links between the desk's pages: only those that this account may open. */

import { me, signOut } from "./api.js";

/** @param {{pages: string[]}} agent */
export function showLinks({ pages }) {
  for (const link of document.querySelectorAll("#links a")) link.hidden = !pages.includes(link.dataset.page);
}

/** For the pages that do not otherwise ask who it is; signed out, they say so themselves. */
export async function showOwnLinks() {
  try {
    showLinks((await me()).agent);
  } catch {
    return; // Without links the page still works.
  }
  const leave = document.getElementById("leave");
  leave.hidden = false;
  leave.addEventListener("click", async () => {
    leave.disabled = true;
    try {
      await signOut();
      location.assign("/desk");
    } catch {
      leave.disabled = false;
      leave.textContent = "没有退出，请再点一次";
    }
  });
}
