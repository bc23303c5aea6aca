"""A script of Mininet as a scenario: the network that it builds.

The script runs until its network is complete: where it opens the CLI, where it stops the network, or at its end.
A file that only declares `topos` is built as `mn --custom FILE --topo NAME` builds it.  What the script prints goes to
nowhere, its standard input is empty.
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.mininet.dropin import installed, run_script
from vnetsim.mininet.emulation import Emulation, NetworkBuilt, using
from vnetsim.values import frozen


@frozen
class MininetScript:
    """The script of this name."""

    name: str

    def play(self, lab: Lab, *, whole: bool = False, silent: bool = True) -> Emulation:
        """Build the network on the lab; UsageError for a script that fails, or builds none.

        The `whole` script runs to its end, and prints what it prints unless `silent`.
        """
        emulation = Emulation(lab, self.name, None if whole else _stop)
        with contextlib.ExitStack() as stack:
            stack.enter_context(_no_input())
            if silent:
                stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
                stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            try:
                names = run_script(emulation, [self.name])
                if not emulation.shells_made and names.get("topos"):
                    self._build(emulation, names["topos"])
            except NetworkBuilt:
                pass
        if not emulation.shells_made:
            raise UsageError(f"{self.name}: this script makes no node: expected a Mininet(...), or a mapping `topos`")
        return emulation

    def _build(self, emulation: Emulation, topos: dict[str, Any]) -> None:
        if len(topos) > 1:
            names = ", ".join(topos)
            raise UsageError(
                f"{self.name}: expected one topology, found {names}: vnetsim mn --custom takes one of them"
            )
        from vnetsim.mininet.net import Mininet  # noqa: PLC0415 -- imports the nodes

        with installed(), using(emulation):
            Mininet(next(iter(topos.values()))()).start()


def _stop(what: str) -> None:
    raise NetworkBuilt(what)


@contextlib.contextmanager
def _no_input() -> Any:
    before, sys.stdin = sys.stdin, io.StringIO("")
    try:
        yield
    finally:
        sys.stdin = before
