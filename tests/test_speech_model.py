"""Opening a model by its folder, and what its grammar knows."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest
from speech import MODEL, needs_model

from audio.speech_model import NoModel, SpeechModel, flaw


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder, copy_function=shutil.copyfile)
    return folder


def test_a_folder_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="没有找到语音识别模型"):
        SpeechModel(tmp_path / "nowhere")


def test_a_folder_that_is_no_model_is_told_with_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("not a model")
    with pytest.raises(NoModel, match=r"am/final\.mdl、conf/mfcc\.conf.*HCLG\.fst"):
        SpeechModel(tmp_path)


@needs_model
@pytest.mark.parametrize("name", ["am/final.mdl", "conf/model.conf", "graph/Gr.fst"])
def test_a_file_that_is_missing_or_empty_is_named(copied: Path, name: str) -> None:
    (copied / name).write_bytes(b"")
    assert name in flaw(copied)
    (copied / name).unlink()
    assert name in flaw(copied)


@needs_model
def test_half_a_network_is_no_model(copied: Path) -> None:
    content = (copied / "am/final.mdl").read_bytes()
    (copied / "am/final.mdl").write_bytes(content[: len(content) // 2])
    with pytest.raises(NoModel, match="读不出来"):
        SpeechModel(copied)


@needs_model
def test_a_grammar_is_made_of_the_models_own_words() -> None:
    grammar = SpeechModel(MODEL).grammar(["不是", "转人工", "是"])
    assert grammar is not None
    phrases = json.loads(grammar)
    assert [phrase.replace(" ", "") for phrase in phrases] == ["不是", "转人工", "是", "[unk]"]


@needs_model
def test_a_phrase_that_the_model_cannot_hear_is_left_out_with_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = SpeechModel(MODEL)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert json.loads(model.grammar(["是", "xyz"]) or "") == ["是", "[unk]"]
    assert len(caplog.records) == 1
    assert model.grammar(["xyz"]) is None
    assert model.grammar([]) is None


@needs_model
def test_a_graph_that_is_whole_takes_no_grammar(tmp_path: Path, copied: Path) -> None:
    assert SpeechModel(copied).takes_grammars
    for name in ("HCLr.fst", "Gr.fst"):
        (copied / "graph" / name).unlink()
    assert "graph/HCLG.fst" in flaw(copied)
