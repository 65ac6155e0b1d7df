"""What the desk reads where a message did not reach its customer."""

from __future__ import annotations


class DeliveryWords:
    """Remarks for agents; customers never see them."""

    def not_delivered(self, reason: str, number: int) -> str:
        """`number` messages were given up; the last reason is told."""
        which = "上面有 1 条消息" if number == 1 else f"最近有 {number} 条消息"
        return f"{which}没有送到客户：{reason}。急事请打电话联系。"

    def platform_silent(self) -> str:
        """The platform did not answer in time."""
        return "对方平台一直没有回应"

    def not_sent_by_us(self) -> str:
        """Something of ours broke, which the log tells."""
        return "系统发送时出错"
