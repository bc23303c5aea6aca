"""`mininet.term`: terminals on a display, which a simulated machine has not: they are refused."""

from __future__ import annotations

from typing import Any

from vnetsim.mininet.emulation import current


def makeTerm(node: Any, title: str = "Node", term: str = "xterm", display: Any = None, cmd: str = "bash") -> Any:
    del title, display, cmd
    raise current().not_modelled(f"{term} of {node}: a terminal on a display; use the CLI: {node} COMMAND")


def makeTerms(nodes: Any, title: str = "Node", term: str = "xterm") -> list[Any]:
    return [each for node in nodes for each in makeTerm(node, title, term)]


def runX11(node: Any, cmd: Any) -> Any:
    return makeTerm(node, term=f"X11 for {cmd}")


def tunnelX11(node: Any, display: Any = None) -> Any:
    del display
    return runX11(node, "a tunnel")


def cleanUpScreens() -> None:
    """There are none."""
