"""`python -m bot train`: the model by which sentences are understood, as new as its data."""

from __future__ import annotations

from collections.abc import Callable

from bot.rasa_process import model_path
from bot.rasa_process import train as train_rasa
from bot.settings import ROOT, Settings


def train(settings: Settings, tell: Callable[[str], None]) -> int:
    """Train the model of the present data, unless it is there. Raises ConfigurationError."""
    model = model_path(ROOT, settings.data_dir)
    if model.exists():
        tell("理解模型是最新的")
        return 0
    tell("理解模型的数据有变化，正在训练（约半分钟）……")
    train_rasa(ROOT, settings.rasa.python, model)
    tell(f"训练完成：{model.name}")
    return 0
