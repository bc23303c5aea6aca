"""Hosts as scenarios: what `vnetsim collect` gathered on one, as a shell script that makes the same network.

imported = imported_host(Path("vnetsim-host"))
imported.script, imported.notes
"""

from __future__ import annotations

from importlib.resources import files

from vnetsim.livehost.directory import is_host_directory
from vnetsim.livehost.importer import ImportedHost, imported_host

__all__ = ["ImportedHost", "collect_script", "imported_host", "is_host_directory"]


def collect_script() -> str:
    """What is run on the host."""
    return files("vnetsim.livehost").joinpath("collect.sh").read_text("utf-8")
