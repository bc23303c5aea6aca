"""`mininet.moduledeps`: kernel modules and programs that a class needs are there, or refuse when they are run."""

from __future__ import annotations

from typing import Any

OVS_KMOD, OF_KMOD, TUN = "openvswitch", "ofdatapath", "tun"


def moduleDeps(subtract: Any = None, add: Any = None) -> None:
    """The simulated kernel has no modules."""


def pathCheck(*args: Any, **kwargs: Any) -> None:
    """Programs that are not modelled say so when they are run."""
