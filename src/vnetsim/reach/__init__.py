"""Questions to a lab: why does it arrive, who reaches whom, can it ever happen.

Answers come from packets that are sent and watched, never from a look at how the lab is built.
"""

from __future__ import annotations

from vnetsim.reach.endpoints.endpoints import Endpoint as Endpoint
from vnetsim.reach.endpoints.endpoints import all_endpoints as all_endpoints
from vnetsim.reach.endpoints.probe import Probe as Probe
from vnetsim.reach.endpoints.question import ReachQuestion as ReachQuestion
from vnetsim.reach.probing.probes import ask as ask
from vnetsim.reach.probing.probes import ask_all as ask_all
from vnetsim.reach.probing.verdict import Outcome as Outcome
from vnetsim.reach.probing.verdict import ProbeVerdict as ProbeVerdict
from vnetsim.scenario.build import load as load
