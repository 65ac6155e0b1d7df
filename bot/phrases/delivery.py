"""What the desk reads where a message did not reach its customer."""

from __future__ import annotations


class DeliveryWords:
    """Remarks for agents; customers never see them."""

    def not_delivered(self, reason: str, number: int) -> str:
        """`number` messages were given up; the last reason is told."""
        which = "上面有 1 条消息" if number == 1 else f"最近有 {number} 条消息"
        return f"{which}没有送到客户：{reason}。急事请打电话联系。"

    def kept_for_later(self, reason: str) -> str:
        """Nothing may be sent until the customer writes."""
        return (
            f"这条消息还没有送到：{reason}。先替您留着，客户下次说话时自动送到。急事请打电话联系。"
        )

    def no_service_api(self) -> str:
        """The account can answer only while a customer's message waits for its answer."""
        return "这个公众号没有客服接口，只能在客户说话时回复"

    def quota_used_up(self) -> str:
        """WeChat allows five messages for each of the customer's."""
        return "微信限制：客户每说一次话，48 小时内最多回 5 条，现在已用完"

    def gathering(self) -> str:
        """Few messages are left, so several go out as one."""
        return "等几秒，和后面的话一起发"

    def platform_silent(self) -> str:
        """The platform did not answer in time."""
        return "对方平台一直没有回应"

    def not_sent_by_us(self) -> str:
        """Something of ours broke, which the log tells."""
        return "系统发送时出错"
