/** Server-sent events that come back after every outage. */

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

export class Stream {
  #address;
  #handlers;
  #up;
  #down;
  #source = null;
  #timer = 0;
  #pause = FIRST_PAUSE;
  #opened = false;
  #wake = () => {
    if (document.visibilityState === "visible" && !this.isOpen) this.#connect();
  };

  /**
   * @param {string} address
   * @param {Record<string, (data: any) => void>} handlers by event name
   * @param {{up?: (again: boolean) => void, down?: () => void}} notices
   *   up: connected, `again` after an outage in which events may have been missed
   */
  constructor(address, handlers, { up = () => {}, down = () => {} } = {}) {
    this.#address = address;
    this.#handlers = handlers;
    this.#up = up;
    this.#down = down;
    // A telephone that slept has lost its connection, often without noticing.
    window.addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    this.#connect();
  }

  get isOpen() {
    return this.#source?.readyState === EventSource.OPEN;
  }

  close() {
    window.removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource(this.#address);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#pause = FIRST_PAUSE;
      this.#up(this.#opened);
      this.#opened = true;
    });
    source.addEventListener("error", () => {
      this.#down();
      // The browser reconnects by itself, except after an answer other than 200.
      if (this.#source === source && source.readyState === EventSource.CLOSED) this.#later();
    });
    for (const [name, handle] of Object.entries(this.#handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.#pause * (0.75 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
