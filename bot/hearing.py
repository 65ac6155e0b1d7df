"""What hears, as the settings say: calls and voice notes share one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from audio.hearing import VoskHearing
from audio.recognition import Recognition
from audio.speech_model import flaw
from audio.transcriber import VoskTranscriber
from audio.trial import works
from bot.settings import Settings

_REMEDY = "。请运行 make models 下载；不需要语音，就设 BOT__HEARING__ENABLED=false"


@dataclass(frozen=True, slots=True)
class Ears:
    """See Background."""

    recognition: Recognition
    calls: VoskHearing
    notes: VoskTranscriber
    most_calls: int

    async def run(self) -> None:
        """Read the model, and get ready for the calls."""
        await self.recognition.run(self.most_calls)

    async def close(self) -> None:
        """End the threads."""
        await self.recognition.close()


def open_hearing(settings: Settings, tell: Callable[[str], None]) -> Ears | None:
    """None where speech is not to be heard, or cannot be: then `tell` says what is missing."""
    hearing, folder = settings.hearing, settings.hearing_model
    if not hearing.enabled:
        return None
    if why := flaw(folder):
        if wanted_for(settings):
            tell(f"! {why}，{'、'.join(wanted_for(settings))}现在听不了语音{_REMEDY}")
        return None
    recognition = Recognition(folder, hearing.most_threads, careful=True)
    calls = VoskHearing(recognition, hearing.most_calls)
    return Ears(recognition, calls, VoskTranscriber(recognition), hearing.most_calls)


def wanted_for(settings: Settings) -> list[str]:
    """What is switched on and has customers who speak."""
    speaking = {
        "热线": settings.telephone.enabled,
        "Telegram": settings.telegram.enabled,
        "公众号": settings.wechat.enabled,
        "微信客服": settings.wecom.enabled,
    }
    return [name for name, is_on in speaking.items() if is_on]


def hearing_findings(settings: Settings) -> tuple[list[str], list[str]]:
    """What is wrong with the model, and what an operator should know of it."""
    folder = settings.hearing_model
    if not settings.hearing.enabled:
        return [], []
    if not folder.exists():
        missing = f"{flaw(folder)}，{'、'.join(wanted_for(settings))}听不了语音{_REMEDY}"
        if settings.telephone.enabled:  # every caller would go straight to a human
            return [missing], []
        return [], [missing] if wanted_for(settings) else []
    if why := flaw(folder):
        return [f"{why}。请删掉这个文件夹，再运行 make models"], []
    if not works(folder):
        return [f"{folder} 里的语音识别模型不能用。请删掉这个文件夹，再运行 make models"], []
    return [], []
