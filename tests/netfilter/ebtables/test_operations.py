"""Operations of ebtables print as the command that a person would type."""

from __future__ import annotations

import pytest

from vnetsim.netfilter.ebtables.tables import EbTables
from vnetsim.programs.ebtables.arguments import EbCommandReader


@pytest.mark.parametrize(
    "line",
    [
        "-A FORWARD -p ARP -j DROP",
        "-t nat -A PREROUTING -j redirect --redirect-target DROP",
        "-I FORWARD 1 -j ACCEPT",
        "-D FORWARD -p ARP -j DROP",
        "-D FORWARD 1",
        "-D FORWARD 2:5",
        "-D FORWARD 2:",
        "-P FORWARD DROP",
        "-N mine -P RETURN",
        "-X mine",
        "-X",
        "-E mine yours",
        "-F FORWARD",
        "-t nat -F",
        "-Z",
        "--init-table",
    ],
)
def test_a_command_is_read_and_printed(line: str) -> None:
    [operation] = EbCommandReader(EbTables(), line.split()).read().operations
    assert operation.command() == f"ebtables {line}"
