/** What this browser remembers; without storage (private windows) it lasts as long as the page. */

class Drawer {
  #storage;
  #spare = new Map();

  /** @param {() => Storage} storage may throw where storage is forbidden */
  constructor(storage) {
    try {
      this.#storage = storage();
    } catch {
      this.#storage = null;
    }
  }

  read(name) {
    try {
      return this.#storage?.getItem(name) ?? this.#spare.get(name) ?? null;
    } catch {
      return this.#spare.get(name) ?? null;
    }
  }

  write(name, value) {
    if (value === null) this.#spare.delete(name);
    else this.#spare.set(name, value);
    try {
      if (value === null) this.#storage?.removeItem(name);
      else this.#storage?.setItem(name, value);
    } catch {
      // Full or forbidden: the copy above serves until the page closes.
    }
  }
}

/** Kept until the customer clears it. */
export const lasting = new Drawer(() => window.localStorage);

/** Kept until the tab closes: for unsent words, which others at the same device should not find. */
export const passing = new Drawer(() => window.sessionStorage);

export const memory = {
  get conversation() { return lasting.read("xiaobao.conversation"); },
  set conversation(id) { lasting.write("xiaobao.conversation", id); },

  get elder() { return lasting.read("xiaobao.elder") === "1"; },
  set elder(on) { lasting.write("xiaobao.elder", on ? "1" : "0"); },

  get larger() { return lasting.read("xiaobao.larger") === "1"; },
  set larger(on) { lasting.write("xiaobao.larger", on ? "1" : "0"); },

  /** By what the bank's own app says who the customer is; it is not kept beyond the tab. */
  get customer() { return passing.read("xiaobao.customer") ?? ""; },
  set customer(token) { passing.write("xiaobao.customer", token || null); },

  get draft() { return passing.read("xiaobao.draft") ?? ""; },
  set draft(text) { passing.write("xiaobao.draft", text || null); },

  /** Turns that have not reached the bank yet. */
  get unsent() { return JSON.parse(passing.read("xiaobao.unsent") ?? "[]"); },
  set unsent(turns) { passing.write("xiaobao.unsent", turns.length ? JSON.stringify(turns) : null); },
};
