"""Pictures of a topology: SVG, DOT and Mermaid, each from the same values (`vnetsim.views.topology`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.views.diagrams.dot import dot
from vnetsim.views.diagrams.mermaid import mermaid
from vnetsim.views.diagrams.svg import svg
from vnetsim.views.topology import DrawnTopology

#: By the option of `vnetsim run`.
DIAGRAMS: Final[dict[str, Callable[[DrawnTopology], str]]] = {"--svg": svg, "--dot": dot, "--mermaid": mermaid}
