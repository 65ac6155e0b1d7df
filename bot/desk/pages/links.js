/** The links between the desk's pages: only those that this account may open. */

import { me } from "./api.js";

/** @param {{pages: string[]}} agent */
export function showLinks({ pages }) {
  for (const link of document.querySelectorAll("#links a")) link.hidden = !pages.includes(link.dataset.page);
}

/** For the pages that do not otherwise ask who it is; signed out, they say so themselves. */
export async function showOwnLinks() {
  try {
    showLinks((await me()).agent);
  } catch {
    // Without links the page still works.
  }
}
