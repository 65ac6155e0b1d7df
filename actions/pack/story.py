"""What the pack says: sections with sentences, a chart and a table, for the committee. Pure.

It tells of complaints only. How many elders use human service is no figure of it: that service is
kept for them (银保监办发〔2021〕40号), and is never a cost or a failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from actions.complaints import Step
from actions.hotspots import Hotspot
from actions.improvement import STAGE_LABELS, Improvement
from actions.pack.charts import Chart
from actions.pack.figures import Answers, Figures, Month, Shares
from actions.pack.section import Section, bars, columns, percent
from actions.pack.spread import by_age, by_axis, by_branch

_SPANS = (
    ("3天以内", 3),
    ("4至7天", 7),
    ("8至15天", 15),
    ("16至30天", 30),
    ("31至60天", 60),
    ("60天以上", 10**6),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A 堵点 and the cause in which it stands."""

    cause: str
    hotspot: Hotspot


@dataclass(frozen=True, slots=True)
class Task:
    """An improvement task as the committee sees it."""

    improvement: Improvement
    owner: str
    overdue: bool
    again: int | None
    """Like complaints in the days after it was done; None while it is not."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a pack is made of."""

    now: Figures
    before: Figures
    year_before: Figures
    per_month: Sequence[tuple[Month, int]]
    shares: Shares
    spots: Sequence[Spot]
    tasks: Sequence[Task]
    decision_days: int
    """Which the law gives for an answer without an extension."""


def sections(found: Findings) -> list[Section]:
    """The pack, part by part."""
    parts = [_total(found), _main(found)]
    if found.now.total:
        shares = found.shares
        parts += [
            by_axis("按业务", "business", "业务", shares.business, found.now.total),
            by_axis("按原因", "cause", "原因", shares.cause, found.now.total),
            by_axis("按渠道", "channel", "渠道", shares.channel, found.now.total),
            by_branch(shares.branch, found.now.total),
            by_age(found.now),
        ]
    return [*parts, _answers(found), _handling(found), _spots(found), _tasks(found)]


def _total(found: Findings) -> Section:
    now, months = found.now, found.per_month
    labels = tuple(f"{one.first.year % 100}.{one.first.month:02d}" for one, _ in months)
    values = tuple(number for _, number in months)
    said = (
        f"{now.month}收到投诉 {now.total} 件，{_compared(now.total, found.before.total, '上月')}；"
        f"{_compared(now.total, found.year_before.total, '去年同月')}。"
        if now.total
        else f"{now.month}没有收到投诉；上月 {found.before.total} 件，"
        f"去年同月 {found.year_before.total} 件。"
    )
    marked = frozenset({0, len(values) - 2, len(values) - 1})
    chart = Chart("months", said, labels, values, standing=True, marked=marked)
    if not any(values):
        return Section("收到多少投诉", (said,))
    return Section("收到多少投诉", (said, "深色的是本月、上月和去年同月。"), chart)


def _compared(now: int, before: int, name: str) -> str:
    if now == before:
        return f"和{name}一样"
    change = f"{'多' if now > before else '少'} {abs(now - before)} 件"
    share = f"（{(now - before) / before:+.1%}）" if before else f"（{name}没有收到）"
    return f"比{name}{change}{share}"


def _main(found: Findings) -> Section:
    months = (found.now, found.before, found.year_before)
    lines: list[tuple[str, ...]] = [
        ("收到（件）", *(f"{one.total}" for one in months)),
        ("当月答复（件）", *(f"{len(one.answers.days)}" for one in months)),
        ("一半投诉的答复时间（天）", *(_days(one.answers, 0.5) for one in months)),
        ("九成投诉的答复时间（天）", *(_days(one.answers, 0.9) for one in months)),
        (
            f"{found.decision_days} 天内答复的占比",
            *(percent(one.answers.in_time, len(one.answers.days)) for one in months),
        ),
        ("超过期限才答复（件）", *(f"{one.answers.late}" for one in months)),
        ("月末没有办完（件）", *(f"{one.open}" for one in months)),
        ("月末已超期限未答复（件）", *(f"{one.overdue}" for one in months)),
        ("重复投诉（件）", *(f"{one.repeat}" for one in months)),
    ]
    lines += [
        (label, *(f"{one.steps.get(step, 0)}" for one in months))
        for step, label in (
            (Step.EXTEND, "批准延期（件）"),
            (Step.DISPUTE, "客户申请核查（件）"),
            (Step.WITHDRAW, "客户撤回（件）"),
            (Step.MEDIATE, "转调解（件）"),
            (Step.MEDIATION_AGREED, "调解成功（件）"),
            (Step.MERGE, "并案（件）"),
        )
    ]
    now = found.now
    said = (
        f"月末还有 {now.open} 件没有办完，其中 {now.overdue} 件已经超过期限没有答复。"
        if now.open
        else "月末没有未办完的投诉。"
    )
    return Section("主要数字", (said,), None, ("", "本月", "上月", "去年同月"), tuple(lines))


def _answers(found: Findings) -> Section:
    answers = found.now.answers
    if not answers.days:
        return Section("多久答复", ("这个月没有答复投诉。",))
    said = (
        f"当月答复 {len(answers.days)} 件，一半在 {answers.within(0.5)} 天内，"
        f"九成在 {answers.within(0.9)} 天内；{found.decision_days} 天内答复的占 "
        f"{percent(answers.in_time, len(answers.days))}。"
    )
    number = Counter(next(label for label, most in _SPANS if days <= most) for days in answers.days)
    values = [(label, number[label]) for label, _ in _SPANS]
    chart = Chart("answers", said, *columns(values), standing=True)
    note = "从收到那天算起，到第一次答复；第二次核查的答复不算在内。"
    return Section("多久答复", (said, note), chart)


def _handling(found: Findings) -> Section:
    now = found.now
    values = [
        ("超过期限才答复", now.answers.late),
        ("月末超期限未答复", now.overdue),
        ("批准延期", now.steps.get(Step.EXTEND, 0)),
        ("重复投诉", now.repeat),
        ("客户申请核查", now.steps.get(Step.DISPUTE, 0)),
        ("客户撤回", now.steps.get(Step.WITHDRAW, 0)),
        ("转调解", now.steps.get(Step.MEDIATE, 0)),
    ]
    late = now.answers.late + now.overdue
    said = (
        f"超过期限的有 {late} 件（答复晚了 {now.answers.late} 件，月末还没答复 {now.overdue} 件）；"
        f"为同一件事再来投诉的有 {now.repeat} 件。"
    )
    if not any(number for _, number in values):
        return Section("超期和重复", ("没有超期、延期和重复的投诉。",))
    return Section("超期和重复", (said,), bars("handling", said, values))


def _spots(found: Findings) -> Section:
    if not found.spots:
        return Section("堵点", ("这个月没有两件以上相近的投诉。",))
    first = found.spots[0]
    said = (
        f"相近的投诉合在一起看，最大的一组有 {first.hotspot.tally.count} 件，"
        f"原因是“{first.cause}”。"
    )
    note = "例子里的号码和看得出的姓名已隐去；印发以前请再读一遍。"
    rows = tuple(
        (
            one.cause + ("（建议）" if one.hotspot.tally.suggested else ""),
            f"{one.hotspot.tally.count}",
            _trend(one.hotspot),
            "\n".join(f"“{example}”" for example in one.hotspot.examples),
        )
        for one in found.spots
    )
    return Section("堵点", (said, note), None, ("原因", "件数", "和上月比", "例子"), rows)


def _trend(hotspot: Hotspot) -> str:
    before = hotspot.tally.before
    if before is None:
        return "—"
    change = hotspot.tally.count - before
    return f"{change:+d}" if change else "一样"


def _tasks(found: Findings) -> Section:
    if not found.tasks:
        return Section("整改任务", ("没有正在进行的整改任务。",))
    late = sum(one.overdue for one in found.tasks)
    said = f"有 {len(found.tasks)} 项整改任务" + (f"，其中 {late} 项已过期限。" if late else "。")
    rows = tuple(
        (
            one.improvement.plan.title,
            one.owner,
            f"{one.improvement.plan.due}",
            STAGE_LABELS[one.improvement.stage] + ("，已过期限" if one.overdue else ""),
            "—" if one.again is None else f"改后仍有 {one.again} 件",
        )
        for one in found.tasks
    )
    return Section("整改任务", (said,), None, ("任务", "负责人", "期限", "进展", "效果"), rows)


def _days(answers: Answers, share: float) -> str:
    days = answers.within(share)
    return "—" if days is None else f"{days}"
