/** Runs beside the page (AudioWorklet): the microphone's sound at 16 kHz, in pieces of 40 ms. */

const RATE = 16_000;
const PIECE = 640;
/** The kernel reaches so many input samples to each side, at 48 kHz; it keeps out what 16 kHz cannot hold. */
const REACH = 24;
const PHASES = 32;

class Capture extends AudioWorkletProcessor {
  #step = sampleRate / RATE;
  #kernels = kernels(Math.min(1, RATE / sampleRate));
  /** Input that later output still needs. */
  #input = new Float32Array(2 * REACH);
  /** Where in it the next output sample lies. */
  #place = REACH;
  #piece = new Int16Array(PIECE);
  #filled = 0;

  process([[channel]]) {
    if (channel) this.#take(channel);
    return true;
  }

  #take(channel) {
    const input = new Float32Array(this.#input.length + channel.length);
    input.set(this.#input);
    input.set(channel, this.#input.length);
    while (this.#place + REACH < input.length) {
      this.#put(this.#sample(input));
      this.#place += this.#step;
    }
    const used = Math.floor(this.#place) - REACH;
    this.#input = input.slice(used);
    this.#place -= used;
  }

  #sample(input) {
    const whole = Math.floor(this.#place);
    const kernel = this.#kernels[Math.floor((this.#place - whole) * PHASES)];
    const begin = whole - REACH + 1;
    let sum = 0;
    for (let tap = 0; tap < kernel.length; tap += 1) sum += kernel[tap] * input[begin + tap];
    return sum;
  }

  #put(value) {
    this.#piece[this.#filled] = Math.max(-1, Math.min(1, value)) * 32_767;
    this.#filled += 1;
    if (this.#filled < PIECE) return;
    this.port.postMessage(this.#piece.buffer, [this.#piece.buffer]);
    this.#piece = new Int16Array(PIECE);
    this.#filled = 0;
  }
}

/** Windowed sinc for each fraction of a sample. @param {number} cut the highest pitch kept, as a share */
function kernels(cut) {
  return Array.from({ length: PHASES }, (_, phase) => {
    const taps = Array.from({ length: 2 * REACH }, (_tap, number) => {
      const distance = number - REACH + 1 - phase / PHASES;
      const x = Math.PI * distance * cut * 0.9;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / REACH);
      return (x === 0 ? 1 : Math.sin(x) / x) * window;
    });
    const sum = taps.reduce((one, other) => one + other, 0);
    return Float32Array.from(taps, (tap) => tap / sum);
  });
}

registerProcessor("capture", Capture);
