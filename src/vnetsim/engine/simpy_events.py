"""What the engine uses of SimPy, without the `__init__` of the package (`vnetsim.laterinit`)."""

from __future__ import annotations

from vnetsim.laterinit import init_later

init_later("simpy")
from simpy.core import Environment  # noqa: E402
from simpy.events import NORMAL, URGENT, AnyOf, Event, Process, Timeout  # noqa: E402
from simpy.exceptions import Interrupt  # noqa: E402

__all__ = ["NORMAL", "URGENT", "AnyOf", "Environment", "Event", "Interrupt", "Process", "Timeout"]
