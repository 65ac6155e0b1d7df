/** The sign-in form. */

import * as api from "./api.js";
import { showLinks } from "./links.js";

const part = (id) => document.getElementById(id);

/** @param {(agent: {login: string, name: string}) => void} entered */
export function prepareSignIn(entered) {
  part("sign-in-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    part("wrong").textContent = "";
    button.disabled = true;
    try {
      const { agent } = await api.signIn(part("login").value.trim(), part("password").value);
      part("password").value = "";
      entered(agent);
    } catch (error) {
      part("wrong").textContent = error.message;
      part("password").select();
      part("password").focus();
    } finally {
      button.disabled = false;
    }
  });
}

/** @param {boolean} expired the agent was at work and did not choose to leave */
export function showSignIn(expired) {
  part("desk").hidden = true;
  part("sign-in").hidden = false;
  part("kept").hidden = !expired;
  part("wrong").textContent = "";
  part(part("login").value ? "password" : "login").focus();
  document.title = "登录 · 人工坐席 · 消保小宝";
}

/** @param {{name: string, pages: string[]}} agent */
export function showDesk({ name, pages }) {
  showLinks({ pages });
  part("sign-in").hidden = true;
  part("desk").hidden = false;
  part("agent").textContent = name;
}
