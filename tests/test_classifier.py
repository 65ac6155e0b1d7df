"""The intent classifier without Rasa: how a sentence looks, how it sounds, and how sure to be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu_data.components.features import Features, Vocabulary
from nlu_data.components.grams import LONGEST_TEXT, fold, looks, normalise, sounds
from nlu_data.components.model import IntentModel, ModelFileError
from nlu_data.components.training import (
    FOLDS,
    Example,
    TrainingDataError,
    fit_temperature,
    hold_out,
    learn,
)

SENTENCES = {
    "ask_human": "转人工 我要人工服务 帮我找个真人 人工客服在吗 不想跟机器说 叫你们的人来接电话",
    "greet": "你好 您好呀 早上好 在吗 喂你好 晚上好",
    "complain": "我要投诉 柜员态度太差 乱收我的手续费 投诉你们网点 排队两小时没人管 给我个说法",
    "report_fraud": "我被骗了 骗子让我转账 有人冒充公安要我汇款 我妈刚把钱打给骗子 验证码给了骗子 "
    "客服让我把钱转到安全账户",
}
EXAMPLES = [Example(intent, text) for intent, texts in SENTENCES.items() for text in texts.split()]


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return learn(EXAMPLES)


def best(model: IntentModel, text: str) -> str:
    return model.ranking(text)[0][0]


# How a sentence looks and sounds


def test_width_case_punctuation_blanks_and_emoji_make_no_difference() -> None:
    assert normalise(" ＮＦＣ 付款，好吗？🙂 ") == "nfc付款好吗"


def test_a_very_long_text_is_read_up_to_a_limit() -> None:
    assert len(normalise("钱" * 10_000)) == LONGEST_TEXT


def test_single_characters_and_pairs_are_counted_and_both_ends_are_marked() -> None:
    assert looks("转人工") == dict.fromkeys(["转", "人", "工", "^转", "转人", "人工", "工$"], 1)


def test_what_is_said_twice_is_counted_twice() -> None:
    assert looks("人人")["人"] == 2
    assert sounds("人人")["ren"] == 2


def test_words_of_the_same_sound_have_the_same_syllables() -> None:
    assert sounds("转人工") == sounds("赚仁公") != sounds("投诉")


@pytest.mark.parametrize(
    ("precise", "careless"),
    [
        *(("zhuan", "zuan"), ("cha", "ca"), ("shi", "si"), ("nan", "lan")),
        *(("ren", "reng"), ("yin", "ying"), ("sheng", "sen"), ("ning", "lin")),
    ],
)
def test_sounds_that_speakers_confuse_are_one(precise: str, careless: str) -> None:
    assert fold(precise) == fold(careless)


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhan", "chan"), ("shi", "ri"), ("fan", "fang"), ("dong", "den"), ("n", "l")],
)
def test_sounds_that_speakers_keep_apart_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("text", ["", "🙂🙂", "？！……", " \n\t", "\x00"])
def test_a_text_without_letters_looks_and_sounds_like_nothing(text: str) -> None:
    assert not looks(normalise(text))
    assert not sounds(normalise(text))


# Weights


def test_a_rare_gram_weighs_more_than_a_common_one() -> None:
    vocabulary = Vocabulary.learn([["我", "要"], ["我", "卡"], ["我"]])
    assert vocabulary.rarity[vocabulary.places["卡"]] > vocabulary.rarity[vocabulary.places["我"]]
    assert vocabulary.unknown > vocabulary.rarity.max()


def test_a_sentence_of_known_grams_has_length_one_in_each_view() -> None:
    features = Features.learn(["转人工", "你好"])
    assert np.sum(np.square(features.weigh("转人工").weights)) == pytest.approx(2, abs=1e-5)


def test_unknown_words_shorten_the_vector() -> None:
    features = Features.learn(["转人工", "你好"])
    known, half_known, unknown = (
        float(np.sum(np.square(features.weigh(text).weights)))
        for text in ("你好", "你好紫水晶", "紫水晶")
    )
    assert known > half_known > unknown == 0


def test_the_matrix_has_the_vectors_as_its_rows() -> None:
    features = Features.learn(["转人工", "你好"])
    matrix = features.matrix(["你好", "🙂", "转人工"]).toarray()
    assert matrix.shape == (3, features.size)
    assert not matrix[1].any()
    vector = features.weigh("转人工")
    assert matrix[2][vector.places] == pytest.approx(vector.weights)


# Prediction


def test_training_sentences_are_recognised(model: IntentModel) -> None:
    assert [best(model, example.text) for example in EXAMPLES] == [
        example.intent for example in EXAMPLES
    ]


@pytest.mark.parametrize(
    ("misheard", "intent"),
    [("赚仁公", "ask_human"), ("我要头数", "complain"), ("我背片了", "report_fraud")],
)
def test_a_misheard_sentence_is_recognised_by_its_sound(
    model: IntentModel, misheard: str, intent: str
) -> None:
    assert best(model, misheard) == intent


@pytest.mark.parametrize("text", ["", "🙂🙂", "？？？", "榴莲"])
def test_a_text_of_which_nothing_is_known_is_any_intent_alike(
    model: IntentModel, text: str
) -> None:
    assert model.probabilities(text) == pytest.approx(1 / len(SENTENCES))


def test_the_model_is_less_sure_of_a_half_known_sentence(model: IntentModel) -> None:
    assert max(model.probabilities("我要投诉")) > max(model.probabilities("紫水晶我要榴莲"))


def test_the_ranking_has_every_intent_once_the_likeliest_first(model: IntentModel) -> None:
    ranking = model.ranking("我要投诉客服")
    assert {intent for intent, _ in ranking} == set(SENTENCES)
    probabilities = [probability for _, probability in ranking]
    assert probabilities == sorted(probabilities, reverse=True)


@given(text=st.text(max_size=600))
def test_any_text_has_probabilities_that_add_up_to_one(model: IntentModel, text: str) -> None:
    probabilities = model.probabilities(text)
    assert probabilities.shape == (len(SENTENCES),)
    assert (probabilities >= 0).all()
    assert probabilities.sum() == pytest.approx(1)


@given(text=st.text(alphabet=st.sampled_from("我要转人工投诉骗钱你好abc 12，🙂"), max_size=20))
def test_blanks_and_punctuation_never_change_the_answer(model: IntentModel, text: str) -> None:
    spread = "，".join(f" {character}" for character in text)
    assert model.ranking(spread) == model.ranking(text)


# Training


def test_the_order_and_the_repetition_of_examples_make_no_difference(model: IntentModel) -> None:
    shuffled = EXAMPLES * 2
    shuffled.sort(key=lambda example: example.text[::-1])
    other = learn(shuffled)
    assert other.temperature == model.temperature
    np.testing.assert_array_equal(other.weights, model.weights)


def test_two_intents_are_enough() -> None:
    model = learn(example for example in EXAMPLES if example.intent in {"greet", "complain"})
    assert best(model, "你好") == "greet"
    assert best(model, "我要投诉") == "complain"


@pytest.mark.parametrize(
    ("examples", "reason"),
    [
        ([], "two intents, not 0"),
        ([Example("greet", "你好"), Example("greet", "您好")], "two intents, not 1"),
        ([*EXAMPLES, Example("thank", "谢谢")], "examples are needed of thank"),
        ([*EXAMPLES, Example("thank", "谢谢"), Example("thank", "🙏")], "needed of thank"),
    ],
)
def test_too_few_examples_are_refused_with_the_reason(examples: list[Example], reason: str) -> None:
    with pytest.raises(TrainingDataError, match=reason):
        learn(examples)


def test_every_example_is_held_out_once() -> None:
    held_out = hold_out(EXAMPLES)
    assert sorted(held_out.examples) == sorted(EXAMPLES)
    assert held_out.scores.shape == (len(EXAMPLES), len(SENTENCES))
    intents = sorted(SENTENCES)
    assert [intents[place] for place in held_out.truth] == [
        example.intent for example in held_out.examples
    ]


def test_an_intent_with_two_examples_is_never_held_out_whole() -> None:
    few = [Example("thank", "谢谢你"), Example("thank", "多谢你了")]
    assert len(hold_out([*EXAMPLES, *few]).examples) == len(EXAMPLES) + len(few) > FOLDS


def test_scores_that_are_often_wrong_are_cooled_down() -> None:
    held_out = hold_out(EXAMPLES)
    sure = fit_temperature(held_out._replace(scores=np.eye(4)[held_out.truth]))
    half_wrong = np.where(np.arange(len(held_out.truth)) % 2, held_out.truth, 0)
    unsure = fit_temperature(held_out._replace(scores=np.eye(4)[half_wrong]))
    assert unsure > sure


def test_calibrated_confidence_is_as_high_as_the_share_of_right_answers() -> None:
    generator = np.random.default_rng(1)
    held_out = hold_out(EXAMPLES)
    scores = generator.normal(size=(4_000, 4))
    odds = np.exp(scores / 0.5)
    chance = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    truth = (chance < generator.random((4_000, 1))).sum(axis=1)
    drawn = held_out._replace(scores=scores, truth=truth)
    assert fit_temperature(drawn) == pytest.approx(0.5, rel=0.1)


# Storage


def test_a_stored_model_answers_as_before(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = IntentModel.load(tmp_path)
    for text in [*(example.text for example in EXAMPLES), "头数你们", "紫水晶", ""]:
        assert loaded.ranking(text) == model.ranking(text)


def test_the_same_training_is_stored_in_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        learn(EXAMPLES).save(tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes()


def test_nothing_stored_is_pickled(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".npz", ".json"}
    with np.load(tmp_path / "classifier.npz", allow_pickle=False) as arrays:
        assert all(array.dtype == np.float32 for array in arrays.values())


def test_a_pickled_array_is_refused(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    np.savez(tmp_path / "classifier.npz", weights=np.array([{"run": "me"}], dtype=object))
    with pytest.raises(ModelFileError):
        IntentModel.load(tmp_path)


def test_a_model_of_another_format_is_refused(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    words = json.loads((tmp_path / "classifier.json").read_text("utf-8"))
    (tmp_path / "classifier.json").write_text(json.dumps({**words, "format": 99}), "utf-8")
    with pytest.raises(ModelFileError, match="format is 99"):
        IntentModel.load(tmp_path)


def test_words_and_weights_of_different_models_are_refused(
    model: IntentModel, tmp_path: Path
) -> None:
    model.save(tmp_path)
    words = (tmp_path / "classifier.json").read_bytes()
    learn(EXAMPLES[:12]).save(tmp_path)
    (tmp_path / "classifier.json").write_bytes(words)
    with pytest.raises(ModelFileError, match="do not belong together"):
        IntentModel.load(tmp_path)


@pytest.mark.parametrize("name", ["classifier.npz", "classifier.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"PK\x03\x04 cut off"])
def test_a_damaged_or_missing_file_is_refused(
    model: IntentModel, tmp_path: Path, name: str, content: bytes | None
) -> None:
    model.save(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelFileError, match="cannot be read"):
        IntentModel.load(tmp_path)
