"""What came of a rule: one of four answers, of which only the first is good news."""

from __future__ import annotations

import enum


class Status(enum.Enum):
    """The value is the text in reports.

    HOLDS: packets were sent, and behaved.  BROKEN: one did not.  VACUOUS: nothing could have broken the rule, since it
    selects no endpoint, no port is open, or nothing could be sent.  UNKNOWN: it touches what is not modelled.
    """

    HOLDS = "holds"
    BROKEN = "broken"
    VACUOUS = "vacuous"
    UNKNOWN = "unknown"


#: Exit statuses of a check: all rules hold; one is broken; none is, and of one there is no answer.
HOLD = 0
BROKEN = 1
NO_ANSWER = 2
