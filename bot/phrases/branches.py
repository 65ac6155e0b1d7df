"""Where the nearest branches are."""

from __future__ import annotations

from collections.abc import Sequence

from actions.branches import Branch
from bot.phrases.common import Words
from bot.turn import Button, Reply


class BranchWords(Words):
    """After a customer has sent a place."""

    def near_branches(self, found: Sequence[tuple[float, Branch]], *, sample: bool) -> Reply:
        """The nearest first. `sample`: made-up data, which customers are told."""
        visit = (Button("预约去网点或上门", "/visit"),)
        if not found:
            return Reply(
                f"您附近 100 公里内没有找到我们的网点。请打{self.hotline}问一问，"
                "行动不便的话也可以预约上门。",
                buttons=visit,
            )
        head = "（示例数据，不是真实网点）\n" if sample else ""
        lines = "\n\n".join(_line(kilometres, branch) for kilometres, branch in found)
        nearest = found[0][1]
        return Reply(
            f"{head}离您最近的网点：\n\n{lines}\n\n去之前最好先打电话问一下营业时间。",
            spoken=f"离您最近的是{nearest.name}，在{nearest.address}。",
            buttons=visit,
        )


def _line(kilometres: float, branch: Branch) -> str:
    far = (
        f"约 {round(kilometres * 1000, -2):.0f} 米"
        if kilometres < 1
        else f"约 {kilometres:.1f} 公里"
    )
    rest = "\n".join(filter(None, (branch.address, branch.phone, branch.hours)))
    return f"{branch.name}（{far}）\n{rest}"
