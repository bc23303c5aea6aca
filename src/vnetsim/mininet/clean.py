"""`mininet.clean`: a simulated machine is new for each run, so there is nothing to clean up."""

from __future__ import annotations

from vnetsim.mininet.functions import quietRun
from vnetsim.mininet.log import info


def sh(cmd: str) -> str:
    return quietRun(cmd)


def killprocs(pattern: str) -> None:
    quietRun(f"pkill -9 -f {pattern}")


class Cleanup:
    """Wrapper of `cleanup`."""

    @classmethod
    def cleanup(cls) -> None:
        info("*** Cleanup complete.\n")


cleanup = Cleanup.cleanup
