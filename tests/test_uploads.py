from __future__ import annotations

import files
import pytest

from actions.errors import NotAllowed
from actions.uploads import MAX_BYTES, check


@pytest.mark.parametrize("media_type", sorted(files.KINDS))
def test_a_files_type_is_told_by_its_content_and_not_by_its_name(media_type: str) -> None:
    assert check("照片.exe", files.KINDS[media_type]).media_type == media_type


def test_a_telephones_sound_recording_is_no_video() -> None:
    assert check("录音.m4a", files.SOUND_ONLY).media_type == "audio/mp4"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script>", "bad_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "bad_type"),
        (b"MZ\x90\0" + b"\0" * 60, "bad_type"),
        (b"PK\x03\x04" + b"\0" * 60, "bad_type"),
        (files.VIDEO, "bad_type"),
        (files.JPEG + b"\0" * MAX_BYTES, "too_large"),
    ],
    ids=["empty", "page", "drawing", "program", "archive", "video", "large"],
)
def test_other_files_are_refused_with_a_sentence_that_says_what_to_do(
    content: bytes, code: str
) -> None:
    with pytest.raises(NotAllowed, match=r"请|可以") as refusal:
        check("照片.jpg", content)
    assert refusal.value.code == code


def test_a_path_or_an_endless_name_is_cut_to_a_name() -> None:
    assert check("C:\\Users\\王\\照片.jpg", files.JPEG).name == "照片.jpg"
    assert check("../../etc/passwd", files.JPEG).name == "passwd"
    assert len(check("名" * 5_000, files.JPEG).name) == 120


def test_an_uploads_content_is_not_in_its_description() -> None:
    assert "JFIF" not in repr(check("照片.jpg", files.JPEG))
