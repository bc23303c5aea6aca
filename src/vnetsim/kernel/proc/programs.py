"""The programs of a machine, as its processes start them (fs/exec.c)."""

from __future__ import annotations

from typing import Protocol

from vnetsim.process import Context, Main


class Programs(Protocol):
    """What is installed on a machine and in its containers."""

    def find(self, name: str, context: Context) -> Main | None:
        """The program of that name (by PATH) or path, None if there is none."""

    def files(self, available: frozenset[str] | None = None) -> frozenset[str]:
        """The paths of all programs, or of those that are `available`."""
