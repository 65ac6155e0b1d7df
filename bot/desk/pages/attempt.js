/** Runs a request for a page of its own; what went wrong stands in the page's notice. */

const notice = () => document.getElementById("notice");

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T|undefined>} undefined where it failed; who is signed out goes to the sign-in
 */
export async function attempt(work) {
  notice().textContent = "";
  try {
    return await work();
  } catch (error) {
    if (error.status === 401) location.assign("/desk");
    else notice().textContent = error.message;
    return undefined;
  }
}
