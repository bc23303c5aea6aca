"""Linux and Docker networking as a pure-Python program, simulated packet by packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vnetsim.lab import Lab as Lab

__all__ = ["Lab"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import the front door on first use, so that `vnetsim.wire` alone stays cheap to import."""
    if name == "Lab":
        from vnetsim.garbage import no_collector  # noqa: PLC0415

        with no_collector():
            from vnetsim.lab import Lab  # noqa: PLC0415

        return Lab
    raise AttributeError(f"module 'vnetsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return ["__version__", *__all__]
