/** The connection of one call: sound in binary messages, and the words of Asterisk's chan_websocket. */

export class Line {
  #socket;
  #parts;
  #over = false;

  /**
   * @param {string} token
   * @param {{up: () => void, sound: (samples: ArrayBuffer) => void, flush: () => void,
   *   mark: (reached: () => void) => void, ended: (how: string) => void}} parts
   *   ended: "bye", "human", "overload", or "lost" where the connection broke
   */
  constructor(token, parts) {
    this.#parts = parts;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#socket = new WebSocket(`${scheme}://${location.host}/media?token=${encodeURIComponent(token)}`, "media");
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("open", () => {
      this.#event("MEDIA_START", { format: "slin16" });
      parts.up();
    });
    this.#socket.addEventListener("message", ({ data }) => this.#take(data));
    this.#socket.addEventListener("close", () => this.#end("lost"));
  }

  /** The customer speaks. @param {ArrayBuffer} samples */
  say(samples) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(samples);
  }

  /** The customer presses a key. @param {string} digit */
  press(digit) {
    this.#event("DTMF_END", { digit });
  }

  /** The customer hangs up; `ended` is not called. */
  close() {
    this.#over = true;
    this.#socket.close();
  }

  #take(data) {
    if (data instanceof ArrayBuffer) {
      this.#parts.sound(data);
      return;
    }
    const { command, correlation_id, how } = JSON.parse(data);
    if (command === "FLUSH_MEDIA") this.#parts.flush();
    else if (command === "MARK_MEDIA") this.#parts.mark(() => this.#event("MEDIA_MARK_PROCESSED", { correlation_id }));
    else if (command === "HANGUP") this.#end(how ?? "bye");
  }

  #event(event, more) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ event, ...more }));
  }

  #end(how) {
    if (this.#over) return;
    this.close();
    this.#parts.ended(how);
  }
}
