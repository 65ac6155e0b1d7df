"""What only chat platforms need: commands, and messages that are no text."""

from __future__ import annotations

from collections.abc import Mapping

from bot.phrases.common import COMPLAIN_BUTTON, Words
from bot.turn import HUMAN_BUTTON, Button, Reply


class PlatformWords(Words):
    """Said in private chats, and once in a while to a group."""

    def notices(self) -> Mapping[str, Reply]:
        """By the payload with which a channel reports what it received."""
        human = (HUMAN_BUTTON,)
        return {
            "help": self.help(),
            "edited": Reply(
                "您改了前面的一句话。我怕记错，请把改好的话重新发一次，我马上处理。", buttons=human
            ),
            "unreadable": Reply(
                "这种消息我还看不懂。请打字告诉我，或者点“转人工”，由真人来看。", buttons=human
            ),
            "file_lost": Reply(
                "这个文件我没有收到，请再发一次。也可以用文字说说，或者点“转人工”。", buttons=human
            ),
            "file_unfit": Reply(
                "这个文件收不了。可以发照片（JPG、PNG、WebP、HEIC）或者PDF，每个最多10 MB。"
                "也可以用文字说说，或者点“转人工”。",
                buttons=human,
            ),
            "files_full": Reply(
                "一件投诉最多9个附件，已经满了，这一个没有存下来。要找真人，请点“转人工”。",
                buttons=human,
            ),
            "voice": Reply(
                "我现在还听不了语音。请打字告诉我，或者点“转人工”，由真人帮您。", buttons=human
            ),
            "voice_long": Reply(
                "这段语音太长，我没有听。请分成几段说，每段不超过两分钟，也可以点“转人工”。",
                buttons=human,
            ),
            "elsewhere": Reply("正在为您转接微信里的人工客服，请在这里稍等。"),
            "voice_unclear": Reply(
                "对不起，这段语音我没听清。请再说一次，或者打字告诉我，也可以点“转人工”。",
                buttons=human,
            ),
        }

    def help(self) -> Reply:
        """What one can do here."""
        return Reply(
            "您可以直接用平常的话问我，也可以用下面的命令：\n\n"
            "/human 转人工（直接说“人工”也行）\n"
            "/complaint 我要投诉\n"
            "/progress 查投诉进度\n"
            "/elder 长辈版（说“标准版”可以换回来）\n\n"
            "想听不想看？说“听课”，一篇一篇讲给您听。\n\n"
            "在别的渠道也找过我们？说“绑定”，客服就能看到您前后说过的话。\n\n"
            f"急事请打{self.hotline}。",
            spoken="您可以直接问我。想找真人，请说人工。要投诉，请说我要投诉。",
            buttons=(HUMAN_BUTTON, COMPLAIN_BUTTON, Button("长辈版", "/elder_on")),
        )

    def commands(self) -> tuple[tuple[str, str], ...]:
        """The platform's menu: command and what it does."""
        return (
            ("start", "开始"),
            ("human", "转人工，由真人帮您"),
            ("complaint", "我要投诉"),
            ("progress", "查投诉进度"),
            ("elder", "长辈版，字句更短"),
            ("help", "怎么用"),
        )

    def only_private(self) -> str:
        """To a group."""
        return "为了保护您的信息，我只在私聊里服务。请点我的头像，再点“发消息”。"

    def too_fast(self) -> str:
        """Messages came faster than one can write them."""
        return "您发得太快了，刚才有的话我没有收到。请等一分钟再发。要找真人，随时发“人工”。"

    def in_transcript(self, text: str, what: str) -> str:
        """The text, or how something that is none reads in the transcript."""
        return f"（客户发来{what}）" if what and not text else text
