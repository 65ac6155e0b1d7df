"""The days that the law gives for a complaint. Pure: dates in, dates out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Calendar days, after 银行业保险业消费投诉处理管理办法 (2020 No. 3)."""

    decision_days: int = 15
    """From receipt to a decision of which the customer is told."""

    def decision(self, received: dt.date) -> dt.date:
        """The last day for the decision; the day of receipt does not count."""
        return received + dt.timedelta(days=self.decision_days)
