"""Questions to a lab: why does it arrive, who reaches whom, can it ever happen.

Answers come from packets that are sent and watched, never from a look at how the lab is built.
"""

from __future__ import annotations

from vnetsim.reach.endpoints import Endpoint as Endpoint
from vnetsim.reach.endpoints import Probe as Probe
from vnetsim.reach.endpoints import Question as Question
from vnetsim.reach.endpoints import everybody as everybody
from vnetsim.reach.load import load as load
from vnetsim.reach.probes import Outcome as Outcome
from vnetsim.reach.probes import Verdict as Verdict
from vnetsim.reach.probes import ask as ask
from vnetsim.reach.probes import ask_all as ask_all
