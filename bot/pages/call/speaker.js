/** What the bank says, played without gaps, and silenced at once. */

const RATE = 16_000;
/** So much is gathered after a silence, in seconds, so that a late piece leaves no gap. */
const LEAD = 0.08;

export class Speaker {
  #context;
  #end = 0;
  #playing = new Set();
  /** Who wants to know when all that came before has been heard. */
  #marks = [];

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context;
  }

  /** True after a silence. */
  get idle() {
    return this.#playing.size === 0;
  }

  /** @param {ArrayBuffer} samples 16-bit at 16 kHz */
  play(samples) {
    const values = new Int16Array(samples);
    const buffer = this.#context.createBuffer(1, values.length, RATE);
    const channel = buffer.getChannelData(0);
    for (let place = 0; place < values.length; place += 1) channel[place] = values[place] / 32_768;
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    if (this.#end <= this.#context.currentTime) this.#end = this.#context.currentTime + LEAD;
    source.start(this.#end);
    this.#end += buffer.duration;
    this.#playing.add(source);
    source.addEventListener("ended", () => this.#ended(source));
  }

  /** Tell when everything so far has been heard. @param {() => void} reached */
  mark(reached) {
    const last = [...this.#playing].pop();
    if (last) this.#marks.push({ last, reached });
    else reached();
  }

  /** Silence at once. */
  flush() {
    this.#marks = [];
    for (const source of this.#playing) source.stop();
    this.#playing.clear();
    this.#end = 0;
  }

  #ended(source) {
    this.#playing.delete(source);
    const reached = this.#marks.filter(({ last }) => last === source);
    this.#marks = this.#marks.filter(({ last }) => last !== source);
    for (const mark of reached) mark.reached();
  }
}
