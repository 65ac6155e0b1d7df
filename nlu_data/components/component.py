"""The intent classifier as a component of Rasa's graph. Runs in Rasa's environment only."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu_data.components.model import IntentModel
from nlu_data.components.training import Example, TrainingDataError, learn

STRENGTH = "strength"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LookAndSoundClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]  # untyped
    """Sets `intent` and `intent_ranking` from characters and toneless pinyin.

    Rasa reads the annotations of these methods while it trains, and refuses a missing one.
    """

    def __init__(
        self,
        strength: float,
        storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
    ) -> None:
        """`model` is None until it is trained."""
        self._strength = strength
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength`: see `training.learn`."""
        return {STRENGTH: 1.0}

    @staticmethod
    def required_packages() -> list[str]:
        """What Rasa checks for before it trains."""
        return ["sklearn", "pypinyin"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa passes it by name
    ) -> LookAndSoundClassifier:
        """An untrained component."""
        return cls(float(config[STRENGTH]), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003  Rasa passes it by name
        **kwargs: Any,  # noqa: ARG003  the signature is Rasa's
    ) -> LookAndSoundClassifier:
        """The component as `train` left it. Raises ModelFileError, which ends the start."""
        with model_storage.read_from(resource) as folder:
            model = IntentModel.load(folder)
        # pypinyin reads its dictionaries at the first use; no customer should wait for that.
        model.probabilities("你好")
        return cls(float(config[STRENGTH]), model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples, and store. Raises InvalidConfigException."""
        examples = [
            Example(message.get(INTENT), message.get(TEXT) or "")
            for message in training_data.intent_examples
        ]
        try:
            self._model = learn(examples, self._strength)
        except TrainingDataError as error:
            raise InvalidConfigException(str(error)) from error
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add intents to `messages`, and return them."""
        if self._model is None:
            return messages
        for message in messages:
            text = message.get(TEXT) or ""
            ranking = [
                {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: probability}
                for intent, probability in self._model.ranking(text)[:LABEL_RANKING_LENGTH]
            ]
            # Rasa's own last step takes "/name" for that intent with confidence 1, and logs what
            # else begins with a slash. A customer's words must not do either.
            message.set(TEXT, text.replace("/", "／"))
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
