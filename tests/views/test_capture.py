"""A scenario as a capture file: what Wireshark shows of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.lab import Lab
from vnetsim.views.capture import CaptureView


def captured(*lines: str) -> CaptureView:
    lab, view = Lab(docker=False), CaptureView(0)
    lab.watch(view)
    for line in lines:
        assert lab.run(line).output is not None
    return view


PAIR = [
    "sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
    "ip netns add a",
    "ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
    "ip link add v0 type veth peer name eth0 netns a",
    "ip addr add 10.0.0.1/24 dev v0; ip link set v0 up",
    "ip -n a addr add 10.0.0.2/24 dev eth0; ip -n a link set eth0 up",
]


def test_a_frame_is_there_at_both_ends_of_its_cable() -> None:
    data = captured(*PAIR, "ping -c 1 10.0.0.2").encode()
    assert b"host:v0" in data
    assert b"a:eth0" in data
    assert data.count(b"\x08\x00E\x00\x00T") == 4  # the echo request and the reply, each sent and received


def test_the_comment_has_the_rule_that_dropped_it() -> None:
    lines = [*PAIR, "ip netns exec a iptables -A INPUT -p icmp -j DROP", "ping -c 1 -W 1 10.0.0.2"]
    comment = b"a: dropped: a netfilter rule or policy dropped it (filter INPUT: DROP (INPUT rule 1: -p icmp -j DROP))"
    assert captured(*lines).encode().count(comment) == 1


def test_what_no_device_saw_is_there_as_it_was_dropped() -> None:
    lines = [*PAIR, "iptables -A OUTPUT -p icmp -j DROP", "ping -c 1 -W 1 10.0.0.2"]
    data = captured(*lines).encode()
    assert data.count(b"host: dropped: a netfilter rule or policy dropped it") == 1
    assert b"a: dropped" not in data


def test_the_command_writes_one_file_for_one_scenario(tmp_path: Path) -> None:
    session = tmp_path / "a.session"
    session.write_text(
        "".join(f"$ {line}\n\n" for line in [*PAIR, "ping -qc 1 10.0.0.2 > /dev/null"]), encoding="utf-8"
    )
    out = tmp_path / "a.pcapng"
    assert CliRunner().invoke(main, ["run", "--quiet", "--pcapng", str(out), str(session)]).exit_code == 0
    assert out.read_bytes()[:4] == b"\n\r\r\n"
    refused = CliRunner().invoke(main, ["run", "--pcapng", str(out), str(session), str(session)])
    assert refused.exit_code == 2
    assert "expected one scenario, because its file is about one machine" in refused.output
    nowhere = CliRunner().invoke(main, ["run", "--pcapng", str(tmp_path / "none" / "a"), str(session)])
    assert nowhere.exit_code == 2
    assert "cannot be written: No such file or directory" in nowhere.output


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_every_frame_its_interface_and_the_comments(tmp_path: Path) -> None:
    lines = [*PAIR, "ip netns exec a iptables -A INPUT -p icmp -j DROP", "ping -c 1 -W 1 10.0.0.2"]
    path = tmp_path / "a.pcapng"
    path.write_bytes(captured(*lines).encode())
    fields = ["-e", "frame.interface_name", "-e", "_ws.col.Protocol", "-e", "frame.comment"]
    read = subprocess.run(
        ["tshark", "-r", path, "-T", "fields", *fields], check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    shown = [line.rstrip("\t").split("\t") for line in read.splitlines()]
    assert ["host:v0", "ARP"] in shown
    assert [line[:2] for line in shown if line[1] == "ICMP"] == [["host:v0", "ICMP"], ["a:eth0", "ICMP"]]
    assert sum("rule 1: -p icmp -j DROP" in line[-1] for line in shown) == 1
    assert "Malformed" not in read
