"""Which states a sheet's complaints can be in, and what they are called there. Pure."""

from __future__ import annotations

from actions.complaints import LABELS, State
from actions.imports.cells import Unfit

IMPORTED = (
    State.RECEIVED,
    State.ACCEPTED,
    State.IN_PROGRESS,
    State.ANSWERED,
    State.CLOSED,
    State.WITHDRAWN,
)
"""The others need more than a sheet can tell; they are reached at the desk."""
_ALSO = {
    "": State.RECEIVED,
    "未受理": State.RECEIVED,
    "待受理": State.RECEIVED,
    "受理": State.ACCEPTED,
    "办理中": State.IN_PROGRESS,
    "在办": State.IN_PROGRESS,
    "已回复": State.ANSWERED,
    "办结": State.CLOSED,
    "结案": State.CLOSED,
    "已结案": State.CLOSED,
    "已完成": State.CLOSED,
    "撤回": State.WITHDRAWN,
    "撤诉": State.WITHDRAWN,
    "已撤诉": State.WITHDRAWN,
}
_NAMES = {label: state for state, label in LABELS.items()} | _ALSO


def state_called(name: str) -> State:
    """The state. Raises Unfit with what can be written instead."""
    state = _NAMES.get(name)
    allowed = "、".join(LABELS[one] for one in IMPORTED)
    if state is None:
        raise Unfit(f"没有“{name[:20]}”这个状态，可以填：{allowed}")
    if state not in IMPORTED:
        raise Unfit(f"“{name}”的投诉不能直接导入，请先按“处理中”导入，再在投诉页上操作")
    return state
