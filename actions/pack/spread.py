"""How the month's complaints are spread: over the three axes, branches and ages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actions.pack.figures import Figures
from actions.pack.section import Section, bars, percent

UNCODED = "还没有确认分类"
_MOST_BARS = 12


def by_axis(title: str, name: str, what: str, number: Mapping[str, int], total: int) -> Section:
    """How the month's complaints are spread over one axis."""
    known = {label: count for label, count in number.items() if label}
    uncoded = number.get("", 0)
    if not known:
        return Section(title, (f"这个月的 {total} 件都{UNCODED}，暂时看不出{what}的分布。",))
    coded = total - uncoded
    first, most = next(iter(known.items()))
    said = f"{what}上最多的是“{first}”，{most} 件，占已确认的 {percent(most, coded)}"
    if len(known) > 3:
        top = sum(list(known.values())[:3])
        said += f"；前三项合计占 {percent(top, coded)}"
    note = (f"另有 {uncoded} 件{UNCODED}。",) if uncoded else ()
    values = [*_cut(known), *([(UNCODED, uncoded)] if uncoded else [])]
    chart = bars(name, f"{said}。", values)
    return Section(title, (f"{said}。", *note), chart, (what, "件数", "占比"), _rows(values, total))


def by_branch(number: Mapping[str, int], total: int) -> Section:
    """By who handles them."""
    named = {label or "本机构": count for label, count in number.items()}
    first, most = next(iter(named.items()))
    said = f"办理最多的是{first}，{most} 件，占 {percent(most, total)}。"
    values = _cut(named)
    chart = bars("branch", said, values)
    return Section("按机构", (said,), chart, ("机构", "件数", "占比"), _rows(values, total))


def by_age(now: Figures) -> Section:
    """Elders and others; only how many complain, not how they are served."""
    values = [("60岁及以上或用长辈版", now.elders), ("其他客户", now.total - now.elders)]
    said = (
        f"60 岁及以上或使用长辈版的客户投诉 {now.elders} 件，占 {percent(now.elders, now.total)}。"
    )
    chart = bars("age", said, values)
    return Section("按客户年龄", (said,), chart, ("客户", "件数", "占比"), _rows(values, now.total))


def _cut(number: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent ones, and the sum of the rest."""
    items = list(number.items())
    if len(items) <= _MOST_BARS:
        return items
    kept, rest = items[: _MOST_BARS - 1], items[_MOST_BARS - 1 :]
    return [*kept, (f"另外 {len(rest)} 项", sum(count for _, count in rest))]


def _rows(values: Sequence[tuple[str, int]], total: int) -> tuple[tuple[str, ...], ...]:
    return tuple((label, f"{count}", percent(count, total)) for label, count in values)
