"""A file that is sealed while it grows: nothing plain, any part readable, no change unnoticed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import KEY
from hypothesis import given
from hypothesis import strategies as st

from actions import sealed_file
from actions.errors import Damaged, WrongKey
from actions.privacy import Cipher, new_key
from actions.sealed_file import SealedReader, SealedWriter, is_being_written, reseal

OURS = Cipher([KEY])
CHUNKS = [f"chunk {number} ".encode() * (number + 1) for number in range(6)]
WHOLE = b"".join(CHUNKS)


def written(
    folder: Path, chunks: list[bytes] = CHUNKS, *, finished: bool = True, cipher: Cipher = OURS
) -> Path:
    path = folder / secrets.token_hex(16)
    writer = SealedWriter(cipher, path)
    for chunk in chunks:
        writer.add(chunk)
    writer.finish() if finished else writer.close()
    return path


def content(path: Path, cipher: Cipher = OURS) -> bytes:
    with SealedReader(cipher, path) as reader:
        return b"".join(reader.read(0, reader.size))


def is_whole(path: Path) -> bool:
    with SealedReader(OURS, path) as reader:
        return reader.check()


def parts(path: Path) -> list[bytes]:
    """Each chunk as it is on disk."""
    data, places = path.read_bytes(), [0]
    while places[-1] < len(data):
        sealed, _ = sealed_file._LENGTHS.unpack_from(data, places[-1])
        places.append(places[-1] + sealed_file._LENGTHS.size + sealed)
    return [data[begin:end] for begin, end in pairwise(places)]


def test_what_was_written_is_read_and_nothing_of_it_lies_on_the_disk(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert content(path) == WHOLE
    assert is_whole(path)
    assert b"chunk" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


@given(st.integers(0, len(WHOLE) + 9), st.integers(0, len(WHOLE) + 9))
def test_any_part_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, start: int, stop: int
) -> None:
    path = written(tmp_path_factory.mktemp("parts"))
    with SealedReader(OURS, path) as reader:
        assert b"".join(reader.read(start, stop)) == WHOLE[start:stop]


@given(st.integers(0, 3_000))
def test_cut_off_anywhere_it_is_readable_up_to_its_last_whole_chunk(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = written(tmp_path_factory.mktemp("cut"), finished=False)
    path.write_bytes(path.read_bytes()[:cut])
    found = content(path)
    assert WHOLE.startswith(found)
    assert found in {b"".join(CHUNKS[:number]) for number in range(len(CHUNKS) + 1)}
    assert not is_whole(path)


def test_a_finished_file_whose_end_was_taken_away_is_not_whole(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"".join(parts(path)[:-1]))
    assert not is_whole(path)


CHANGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "exchanged": lambda found: [found[1], found[0], *found[2:]],
    "dropped in the middle": lambda found: [*found[:2], *found[3:]],
    "repeated": lambda found: [*found[:2], found[1], *found[2:]],
    "dropped at the beginning": lambda found: found[1:],
    "more after the end": lambda found: [*found, found[0]],
    "one letter": lambda found: [found[0], found[1][:40] + b"A" + found[1][41:], *found[2:]],
    "another length": lambda found: [found[0], found[1][:7] + b"\1" + found[1][8:], *found[2:]],
    "no chunks at all": lambda _found: [b"\xff" * 100],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_noticed(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    path = written(tmp_path)
    path.write_bytes(b"".join(change(parts(path))))
    with pytest.raises(Damaged):
        is_whole(path)


def test_a_file_under_another_files_name_is_noticed(tmp_path: Path) -> None:
    one, other = written(tmp_path), written(tmp_path)
    other.write_bytes(one.read_bytes())
    with pytest.raises(Damaged):
        is_whole(other)


def test_another_key_opens_nothing_and_an_older_one_does(tmp_path: Path) -> None:
    path = written(tmp_path)
    fresh = new_key()
    with pytest.raises(WrongKey):
        content(path, Cipher([fresh]))
    assert content(path, Cipher([fresh, KEY])) == WHOLE


@pytest.mark.parametrize("finished", [True, False])
def test_a_file_sealed_anew_is_the_same_under_the_new_key(tmp_path: Path, finished: bool) -> None:  # noqa: FBT001
    path = written(tmp_path, finished=finished)
    fresh = new_key()
    (tmp_path / f"{path.name}.new").write_bytes(b"left by a crash")
    reseal(Cipher([fresh, KEY]), path)
    new = Cipher([fresh])
    assert content(path, new) == WHOLE
    with SealedReader(new, path) as reader:
        assert reader.is_current()
        assert reader.check() is finished
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_it_is_known_whether_somebody_writes_it(tmp_path: Path) -> None:
    path = tmp_path / secrets.token_hex(16)
    writer = SealedWriter(OURS, path)
    assert is_being_written(path)
    writer.finish()
    assert not is_being_written(path)


def test_a_name_is_never_used_twice(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(FileExistsError):
        SealedWriter(OURS, path)
    assert content(path) == WHOLE
