"""What a caller hears: recordings, numbers put together, other voices, and never silence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listening import heard, likeness, needs_espeak, needs_model

from audio import NotSpoken, Sound
from audio.engine import Engine
from audio.espeak import Espeak
from audio.levels import joined, silence, tone
from audio.phrasing import LONGEST, NUMBERS, fixed_words, pieces, sentences
from audio.reading import readable
from audio.recordings import NotKept, Recordings, Shelf, Take
from audio.rendering import Rendering
from audio.synthesizer import Voices

RATE = 16_000


class Whistle:
    """Says every sentence as a note of a quarter of a second, or fails as `broken` says."""

    voice = "v"

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[tuple[str, float]] = []
        self.broken: Exception | None = None
        self.slow = False

    async def say(self, text: str, pace: float = 1.0) -> Sound:
        self.said.append((text, pace))
        if self.slow:
            await asyncio.Event().wait()
        if self.broken:
            raise self.broken
        return note(self.name)


def note(name: str) -> Sound:
    return Sound(tone(8_000).samples[: 4_000 + 2 * len(name)], 8_000)


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    return Recordings(tmp_path / "voice", 10**7)


def voices(
    recordings: Recordings,
    live: Sequence[Engine],
    recorded: Sequence[Engine] = (),
    memory: int = 10**7,
    apology: str = "对不起，请按零。",
) -> Voices:
    return Voices(
        Shelf(recordings, RATE, memory),
        recorded or live,
        live,
        elder_pace=0.8,
        patience_s=0.2,
        apology=apology,
    )


async def spoken(voices: Voices, text: str, *, slow: bool = False) -> list[Sound]:
    return [sound async for sound in voices.speak(text, slow=slow)]


async def render(recordings: Recordings, engines: Sequence[Engine], *texts: str) -> None:
    takes = [one for text in texts for one in sentences(readable(text))]
    await Rendering(recordings, engines, (1.0, 0.8)).run(takes)


async def test_a_reviewed_text_comes_from_its_recordings_sentence_by_sentence(
    recordings: Recordings,
) -> None:
    engine = Whistle("edge")
    await render(recordings, [engine], "您好。您想问什么？")
    engine.said.clear()
    sounds = await spoken(voices(recordings, [engine]), "您好。您想问什么？")
    assert len(sounds) == 2
    assert engine.said == []
    assert {sound.rate for sound in sounds} == {RATE}


async def test_elders_have_recordings_of_their_own(recordings: Recordings) -> None:
    engine = Whistle("edge")
    await render(recordings, [engine], "您好。")
    assert [pace for _, pace in engine.said] == [1.0, 0.8]
    quick = await spoken(voices(recordings, [engine]), "您好。")
    slow = await spoken(voices(recordings, [engine]), "您好。", slow=True)
    assert slow[0].seconds > quick[0].seconds  # the pauses are longer too


async def test_what_was_used_last_needs_no_file(recordings: Recordings) -> None:
    engine, said = Whistle("edge"), voices(recordings, [Whistle("espeak")], [Whistle("edge")])
    await render(recordings, [engine], "您好。")
    first = await spoken(said, "您好。")
    recordings.drop_others([])
    assert await spoken(said, "您好。") == first


async def test_memory_holds_only_so_much(recordings: Recordings) -> None:
    engine, live = Whistle("edge"), Whistle("espeak")
    said = voices(recordings, [live], [engine], memory=12_000)
    await render(recordings, [engine], "您好。再见。")
    await spoken(said, "您好。")
    await spoken(said, "再见。")
    recordings.drop_others([])
    await spoken(said, "再见。")
    assert live.said == []
    await spoken(said, "您好。")
    assert live.said == [("您好。", 1.0)]


async def test_a_number_is_put_together_and_no_engine_learns_it(recordings: Recordings) -> None:
    engine, live = Whistle("edge"), Whistle("espeak")
    rendering = Rendering(recordings, [engine], (1.0,))
    await rendering.run([*NUMBERS, *fixed_words("编号是二。我们最迟在一月一日答复您。")])
    said = voices(recordings, [live], [engine])
    sounds = await spoken(said, "编号是20260017。我们最迟在12月16日答复您。")
    assert len(sounds) == 2
    assert live.said == []
    assert sounds[0].seconds > 9 * note("edge").seconds


async def test_a_sentence_is_said_by_one_voice(recordings: Recordings) -> None:
    first, second, live = Whistle("edge"), Whistle("local"), Whistle("espeak")
    await Rendering(recordings, [first], (1.0,)).run(["编号是"])
    await Rendering(recordings, [second], (1.0,)).run([*NUMBERS])
    await spoken(voices(recordings, [live], [first, second]), "编号是123456。")
    assert live.said == [("编号是幺二三四、五六。", 1.0)]


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
async def test_when_a_voice_fails_the_next_one_speaks_within_its_time(
    recordings: Recordings, trouble: str
) -> None:
    first, second = Whistle("edge"), Whistle("espeak")
    first.broken = NotSpoken("away")
    first.slow = trouble == "hangs"
    async with asyncio.timeout(10):
        assert len(await spoken(voices(recordings, [first, second]), "您好。")) == 1
    assert second.said == [("您好。", 1.0)]


async def test_a_voice_that_gives_silence_has_not_spoken(recordings: Recordings) -> None:
    class Mute(Whistle):
        async def say(self, text: str, pace: float = 1.0) -> Sound:
            return silence(1.0, 8_000)

    second = Whistle("espeak")
    assert len(await spoken(voices(recordings, [Mute("edge"), second]), "您好。")) == 1
    assert second.said == [("您好。", 1.0)]
    report = await Rendering(recordings, [Mute("edge")], (1.0,)).run(["您好。"])
    assert report.reasons == {"edge gave only silence": 1}


@pytest.mark.parametrize("error", [NotSpoken("away"), RuntimeError("a fault of ours")])
async def test_where_every_voice_fails_the_recorded_apology_is_heard(
    recordings: Recordings, error: Exception
) -> None:
    live = Whistle("espeak")
    sorry = "对不起，我说不出话来。请按零。"
    await render(recordings, [live], sorry)
    said = voices(recordings, [live], apology=sorry)
    apology = joined(await spoken(said, sorry))
    live.broken = error
    assert await spoken(said, "没有录过的话。") == [apology]
    recordings.drop_others([])
    assert await spoken(said, "又一句没有录过的话。") == [apology]


async def test_without_the_apology_there_is_a_tone_and_never_silence(
    recordings: Recordings,
) -> None:
    (sound,) = await spoken(voices(recordings, []), "您好。")
    assert sound == tone(RATE)


async def test_nothing_to_say_is_nothing(recordings: Recordings) -> None:
    assert await spoken(voices(recordings, []), "😀") == []


async def test_a_caller_who_interrupts_leaves_no_work_behind(recordings: Recordings) -> None:
    engine = Whistle("espeak")
    speech = voices(recordings, [engine]).say("一句。两句。三句。四句。")
    await anext(speech)
    await speech.aclose()  # type: ignore[attr-defined]  # it is a generator
    await asyncio.sleep(0)
    assert len(engine.said) <= 2
    assert len(asyncio.all_tasks()) == 1


async def test_a_broken_recording_is_thrown_away_and_said_by_a_voice(
    recordings: Recordings,
) -> None:
    engine = Whistle("edge")
    await render(recordings, [engine], "您好。")
    for path in recordings.folder.glob("*/*.ogg"):
        path.write_bytes(b"OggS" + bytes(50))
    engine.said.clear()
    await spoken(voices(recordings, [engine]), "您好。")
    assert engine.said == [("您好。", 1.0)]
    assert Take("edge", "v", 1.0, "您好。") not in recordings


async def test_a_full_or_locked_folder_is_said_and_costs_no_recording(
    tmp_path: Path, recordings: Recordings
) -> None:
    with pytest.raises(NotKept, match="limit"):
        Recordings(tmp_path / "small", 100).keep(Take("e", "v", 1.0, "好"), note("edge"))
    (tmp_path / "voice").write_text("a file where the folder should be")
    with pytest.raises(NotKept, match="cannot be written"):
        recordings.keep(Take("e", "v", 1.0, "好"), note("edge"))


async def test_no_half_recording_is_ever_left(recordings: Recordings) -> None:
    await render(recordings, [Whistle("edge")], "您好。")
    names = [path.name for path in recordings.folder.glob("**/*") if path.is_file()]
    assert len(names) == 2
    assert all(name.endswith(".ogg") for name in names)


async def test_what_is_no_longer_said_is_thrown_away(recordings: Recordings) -> None:
    await render(recordings, [Whistle("edge")], "您好。", "再见。")
    kept = Take("edge", "v", 1.0, "您好。")
    assert recordings.drop_others([kept]) == 3
    assert kept in recordings
    assert recordings.used() == sum(
        path.stat().st_size for path in recordings.folder.glob("*/*.ogg")
    )


async def test_rendering_renders_what_is_missing_and_tells_what_failed(
    recordings: Recordings,
) -> None:
    first, second = Whistle("edge"), Whistle("espeak")
    first.broken = NotSpoken("edge-tts: 429")
    report = await Rendering(recordings, [first, second], (1.0,)).run(["您好。", "再见。"])
    assert report.made == {"espeak": 2}
    assert report.reasons == {"edge-tts: 429": 2}
    assert report.seconds == pytest.approx(2 * 0.25, abs=0.1)
    first.broken = None
    again = await Rendering(recordings, [first, second], (1.0,)).run(["您好。", "再见。"])
    assert again.made == {"edge": 2}
    last = await Rendering(recordings, [first, second], (1.0,)).run(["您好。", "再见。"])
    assert (last.made, last.present) == ({}, 2)


async def test_rendering_ends_where_there_is_no_room(tmp_path: Path) -> None:
    engine = Whistle("edge")
    report = await Rendering(Recordings(tmp_path, 10), [engine], (1.0,)).run(["您好。", "再见。"])
    assert len(engine.said) == 1
    assert report.unsaid == 2
    assert "limit" in next(iter(report.reasons))


@needs_espeak
@needs_model
async def test_what_is_put_together_can_be_understood(recordings: Recordings) -> None:
    engine = Espeak()
    words = fixed_words("我的电话是二。")
    await Rendering(recordings, [engine], (1.0,)).run([*NUMBERS, *words])
    sounds = await spoken(voices(recordings, [engine]), "我的电话是13800234567。")
    # 一 and 幺 are written differently and mean the same.
    assert (
        likeness(heard(joined(sounds)).replace("幺", "一"), "我的电话是一三八零零二三四五六七")
        > 0.8
    )


TEXTS = st.text(st.sampled_from("您好一二三百零幺点月日号百分之第。，、！？；：AB "), max_size=300)


@given(TEXTS)
def test_no_word_is_lost_between_a_text_and_its_parts(text: str) -> None:
    said = readable(text)
    parts = sentences(said)
    assert "".join(parts).replace(" ", "") == said.replace(" ", "")
    assert all(len(part) <= LONGEST for part in parts)
    for part in parts:
        words = "".join(piece.text for piece in pieces(part))
        assert words == "".join(one for one in part if one not in "。，、！？；：")
