"""Packets against rules of nft, and changes that are refused, as nft 1.0.6 on Linux 6.18 has them.

Two namespaces share a link: `A` runs a command in that of 10.0.0.1, `B` in that of 10.0.0.2, where the rules are.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from vnetsim import Lab

SESSIONS = json.loads(Path(__file__).with_name("captured_sessions.json").read_text("utf-8"))
LINK = [
    "ip netns add a",
    "ip netns add b",
    "ip link add v netns a type veth peer name v netns b",
    *(f"ip -n {name} link set {device} up" for name in ("a", "b") for device in ("lo", "v")),
    "A ip addr add 10.0.0.1/24 dev v",
    "B ip addr add 10.0.0.2/24 dev v",
]


def typed(line: str) -> str:
    return re.sub(r"(^|; |& )([AB]) ", lambda found: f"{found[1]}ip netns exec {found[2].lower()} ", line)


@pytest.mark.parametrize("name", SESSIONS)
def test_session(name: str) -> None:
    lab = Lab()
    for line in LINK:
        lab.run(typed(line))
    output = "".join(lab.run(f"{typed(line)} 2>&1").stdout for line in SESSIONS[name]["lines"])
    assert re.sub(r" expires \w+", "", output).splitlines() == SESSIONS[name]["output"]
