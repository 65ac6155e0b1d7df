/** Plays the episodes one after the other, and remembers where somebody stopped. */

const part = (id) => document.getElementById(id);
const audio = part("audio");
const episodes = [...document.querySelectorAll("[data-episode]")];
const speeds = [...document.querySelectorAll("[data-speed]")];
const STORED = "xiaobao.album";
/** Seconds before the end from which on an episode counts as heard. */
const NEARLY = 5;

let current = -1;

/** Where it was stopped, on this device only. @returns {{episode?: string, at?: number, speed?: string}} */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(STORED)) ?? {};
  } catch {
    return {}; // storage is switched off, or holds something else
  }
}

function remember(changes) {
  try {
    localStorage.setItem(STORED, JSON.stringify({ ...remembered(), ...changes }));
  } catch {
    // Without storage the album works all the same.
  }
}

/** @param {number} place in `episodes`; @param {number} at seconds */
function choose(place, at = 0) {
  current = place;
  const button = episodes[place];
  for (const one of episodes) one.setAttribute("aria-current", String(one === button));
  part("player").hidden = false;
  part("now").textContent = button.querySelector(".name").textContent;
  part("previous").disabled = place === 0;
  part("next").disabled = place === episodes.length - 1;
  audio.src = `/album/${encodeURIComponent(button.dataset.episode)}.mp3`;
  audio.defaultPlaybackRate = audio.playbackRate = speed();
  if (at) audio.addEventListener("loadedmetadata", () => { audio.currentTime = at; }, { once: true });
  remember({ episode: button.dataset.episode, at });
  showTime();
}

async function play() {
  try {
    await audio.play();
  } catch (error) {
    if (error.name === "AbortError") return; // another episode was chosen meanwhile
    part("now").textContent = "放不出来，请检查网络，再点一次“播放”。";
  }
}

function speed() {
  return Number(speeds.find((one) => one.getAttribute("aria-pressed") === "true").dataset.speed);
}

function setSpeed(wanted) {
  const known = speeds.some((one) => one.dataset.speed === wanted);
  for (const one of speeds) one.setAttribute("aria-pressed", String(one.dataset.speed === (known ? wanted : "1")));
  audio.defaultPlaybackRate = audio.playbackRate = speed();
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function showTime() {
  const length = Number.isFinite(audio.duration) ? audio.duration : 0;
  part("time").textContent = length ? `${clock(audio.currentTime)} / ${clock(length)}` : "";
  part("place").max = Math.round(length) || 100;
  part("place").value = Math.round(audio.currentTime);
  part("place").setAttribute("aria-valuetext", `${clock(audio.currentTime)}，共 ${clock(length)}`);
}

function showState() {
  part("play").textContent = audio.paused ? "播放" : "暂停";
}

episodes.forEach((button, place) => button.addEventListener("click", () => {
  if (place === current) {
    if (audio.paused) play();
    else audio.pause();
    return;
  }
  choose(place);
  play();
}));
part("play").addEventListener("click", () => (audio.paused ? play() : audio.pause()));
for (const [id, step] of [["previous", -1], ["next", 1]]) {
  part(id).addEventListener("click", () => {
    choose(current + step);
    play();
  });
}
part("place").addEventListener("input", () => { audio.currentTime = Number(part("place").value); });
for (const one of speeds) {
  one.addEventListener("click", () => {
    setSpeed(one.dataset.speed);
    remember({ speed: one.dataset.speed });
  });
}
audio.addEventListener("play", showState);
audio.addEventListener("pause", showState);
audio.addEventListener("durationchange", showTime);
audio.addEventListener("timeupdate", () => {
  showTime();
  const isOver = audio.duration - audio.currentTime < NEARLY;
  remember({ at: isOver ? 0 : audio.currentTime });
});
audio.addEventListener("ended", () => {
  if (current + 1 < episodes.length) {
    choose(current + 1);
    play();
  }
});

const { episode, at = 0, speed: usual = "1" } = remembered();
setSpeed(usual);
const linked = decodeURIComponent(location.hash.slice(1));
const place = episodes.findIndex(({ dataset }) => dataset.episode === (linked || episode));
if (place >= 0) choose(place, linked ? 0 : at);
