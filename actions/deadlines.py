"""The days that the law gives for a complaint. Pure: dates in, dates out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from actions.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Deadlines:
    """After 银行业保险业消费投诉处理管理办法 (2020 No. 3). The day of receipt does not count."""

    decision_days: int = 15
    """From receipt to a decision of which the customer is told."""
    extended_days: int = 30
    """The same for a complex case, with approval."""
    further_days: int = 30
    """Added once more for a particularly complex one, with higher approval."""
    dispute_window_days: int = 30
    """From the answer on, for the customer to ask for a 核查."""
    review_days: int = 30
    """From that request to its answer."""
    working_days: bool = False
    """Whether only working days count; the law's days are calendar days."""
    calendar: Calendar = field(default_factory=Calendar)

    def decision(self, received: dt.date, extension: int = 0) -> dt.date:
        """The last day for the decision, after none, one or two extensions."""
        days = (
            self.decision_days,
            self.extended_days,
            self.extended_days + self.further_days,
        )[extension]
        return self._after(received, days)

    def review(self, asked: dt.date) -> dt.date:
        """The last day for the answer to a 核查 that was asked for on `asked`."""
        return self._after(asked, self.review_days)

    def dispute(self, answered: dt.date) -> dt.date:
        """The last day on which the customer can ask for a 核查."""
        return self._after(answered, self.dispute_window_days)

    def _after(self, day: dt.date, days: int) -> dt.date:
        return self.calendar.after(day, days, working_days=self.working_days)
