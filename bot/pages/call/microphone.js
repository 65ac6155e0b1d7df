/** The customer's microphone. */

/** Why it cannot be used, in words that say what to do. */
export class NoMicrophone extends Error {}

const TROUBLE = {
  NotAllowedError: "没有打开麦克风权限。请点网址左边的图标，选“允许麦克风”，再点“拨打”。",
  NotFoundError: "没有找到麦克风。请插上耳机或麦克风，再点“拨打”。",
  NotReadableError: "麦克风正被别的程序用着。请先关掉它，再点“拨打”。",
};
const OTHERWISE = "麦克风用不了。您可以点“文字对话”，或点“转人工”。";

/** What stands in the way before anything is tried; "" where nothing does. */
export function obstacle() {
  if (!window.isSecureContext) {
    return "这个网址不是安全连接（https），浏览器不让网页用麦克风。请点“文字对话”，或点“转人工”。";
  }
  if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) {
    return "这个浏览器太旧，不能在网页上通话。请点“文字对话”，或点“转人工”。";
  }
  return "";
}

/**
 * Listen until `close` is called. Throws NoMicrophone.
 * @param {AudioContext} context
 * @param {{heard: (samples: ArrayBuffer) => void, lost: () => void}} parts
 *   heard: 16-bit samples at 16 kHz; lost: the microphone was pulled out, or its permission withdrawn
 */
export async function openMicrophone(context, { heard, lost }) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    throw new NoMicrophone(TROUBLE[error.name] ?? OTHERWISE, { cause: error });
  }
  const [track] = stream.getAudioTracks();
  track.addEventListener("ended", lost);
  await context.audioWorklet.addModule("/static/call/capture.js");
  const source = context.createMediaStreamSource(stream);
  const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  capture.port.onmessage = ({ data }) => heard(data);
  source.connect(capture);
  return {
    close() {
      track.removeEventListener("ended", lost);
      track.stop();
      source.disconnect();
    },
  };
}
