"""How complaints look on the officers' page: masked, unless somebody may see them in the clear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from actions.attachments import Attachment
from actions.complaint_rows import Entry
from actions.complaints import LABELS, RUNNING, STEP_LABELS, Complaint, Draft, Step
from actions.privacy import mask
from bot.desk.complaint_query import SOURCES
from bot.turn import Json

_SUMMARY = 60
"""Characters of the story in a list."""
CUSTOMER = "客户"
DRAFT_LABELS = {
    "what": "事情经过",
    "product": "涉及业务",
    "when_where": "时间地点",
    "wants": "客户要求",
    "contact": "联系方式",
    "proxy": "代理人",
    "representatives": "代表人",
}
"""The parts of a draft that an officer reads, in order."""
Names = Mapping[int, str]
"""Accounts and what they are called."""


def texts(draft: Draft, *, clear: bool) -> list[tuple[str, str, str]]:
    """Name, label and text of each part that was given."""
    say = _speaker(clear=clear)
    return [
        (name, label, say(getattr(draft, name)))
        for name, label in DRAFT_LABELS.items()
        if getattr(draft, name)
    ]


def row(complaint: Complaint, names: Names, today: dt.date) -> Json:
    """One line of a list."""
    one = complaint
    return {
        "number": one.number,
        "state": one.state,
        "label": LABELS[one.state],
        "due": one.due.isoformat() if one.state in RUNNING else None,
        "days_left": days_left(one, today),
        "product": one.draft.product,
        "elder": one.elder,
        "branch": one.branch,
        "owner": names.get(one.owner or 0),
        "extension_asked": one.extension_asked_by is not None,
        "received": one.received_on.isoformat(),
        "summary": mask(one.draft.what)[:_SUMMARY],
    }


def days_left(complaint: Complaint, today: dt.date) -> int | None:
    """Days until the answer is owed, below 0 when overdue; None where none is owed."""
    return (complaint.due - today).days if complaint.state in RUNNING else None


def whole(
    complaint: Complaint,
    entries: Sequence[Entry],
    merged: Sequence[Complaint],
    names: Names,
    today: dt.date,
    *,
    clear: bool,
) -> Json:
    """Everything about one complaint but what its reader may do with it."""
    one = complaint
    return {
        **row(one, names, today),
        "received": one.received.isoformat(),
        "received_on": one.received_on.isoformat(),
        "source": SOURCES.get(one.source, one.source),
        "chat": one.conversation is not None,
        "anonymous": one.draft.anonymous,
        "texts": [
            {"name": name, "label": label, "text": text}
            for name, label, text in texts(one.draft, clear=clear)
        ],
        "extension": one.extension,
        "extension_asked_by": names.get(one.extension_asked_by or 0),
        "answered_on": one.answered_on and one.answered_on.isoformat(),
        "ended_on": one.ended_on and one.ended_on.isoformat(),
        "reviewed": one.reviewed,
        "mediation_case": one.mediation_case,
        "coding": one.coding
        and {
            "channel": one.coding.channel,
            "business": one.coding.business,
            "cause": one.coding.cause,
        },
        "related": list(one.related),
        "merged_into": one.merged_into,
        "merged": [child.number for child in merged],
        "untold": any(entry.untold for entry in entries),
        "seen": len(entries),
        "timeline": [line(entry, names, clear=clear) for entry in entries],
        "clear": clear,
    }


def line(entry: Entry, names: Names, *, clear: bool) -> Json:
    """One entry of the time line."""
    say = _speaker(clear=clear)
    return {
        "step": entry.step,
        "label": STEP_LABELS[entry.step],
        "at": entry.at.isoformat(timespec="seconds"),
        "who": who(entry, names),
        "state": LABELS[entry.state],
        "due": entry.due.isoformat() if entry.state in RUNNING else None,
        "why": say(entry.why),
        "to": entry.to,
        "untold": entry.untold,
    }


def attachment(file: Attachment) -> Json:
    """A file that came with a complaint."""
    return {
        "id": file.id,
        "name": mask(file.name),
        "media_type": file.media_type,
        "size": file.size,
        "digest": file.digest,
        "at": file.at.isoformat(timespec="seconds"),
    }


def who(entry: Entry, names: Names) -> str:
    """Who took a step, by name."""
    return CUSTOMER if entry.account is None else names.get(entry.account, "已删除的账号")


def extension_reason(entries: Sequence[Entry]) -> str:
    """Why the last extension was asked for."""
    asked = [entry.why for entry in entries if entry.step is Step.ASK_EXTENSION]
    return asked[-1] if asked else ""


def _speaker(*, clear: bool) -> Callable[[str], str]:
    return str if clear else mask
