"""The recordings of a Docker host, played with the real docker program against a simulated engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: How many steps of each recording are the same, by the client of this version.
FLOOR: Final = Path(__file__).parent / "floor.json"
#: Why the other steps differ: by recording and by a part of the command.
REASONS: Final = Path(__file__).parent / "reasons.json"
VERSION: Final = "28.2.2"
