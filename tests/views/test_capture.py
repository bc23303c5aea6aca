"""A scenario as a capture file: what Wireshark shows of it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.lab import Lab
from vnetsim.lesson import lessons
from vnetsim.scenario.outputs import Outputs
from vnetsim.scenario.session import PlayOptions, run_files
from vnetsim.views.capture import CaptureView


def captured(*lines: str, devices: Sequence[str] = ()) -> CaptureView:
    lab, view = Lab(docker=False), CaptureView(0, devices)
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


def test_a_capture_of_one_device_tells_why_others_dropped_its_packets() -> None:
    lines = [*PAIR, "ip netns exec a iptables -A INPUT -p icmp -j DROP", "ping -c 1 -W 1 10.0.0.2"]
    data = captured(*lines, devices=["host:v0"]).encode()
    assert (data.count(b"\x08\x00E\x00\x00T"), data.count(b"a:eth0")) == (1, 0)
    assert data.count(b"a: dropped: a netfilter rule or policy dropped it") == 1


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
    one = ["run", "--quiet", "--pcapng", str(out), "--device"]
    assert CliRunner().invoke(main, [*one, "a:eth0", str(session)]).exit_code == 0
    assert b"a:eth0" in out.read_bytes()
    assert b"host:v0" not in out.read_bytes()
    unknown = CliRunner().invoke(main, [*one, "a:v9", str(session)])
    assert unknown.exit_code == 2
    assert "--device a:v9: no frame met it; frames met: a:eth0, host:v0" in unknown.output
    alone = CliRunner().invoke(main, ["run", "--device", "a:eth0", str(session)])
    assert alone.exit_code == 2
    assert "expected --pcapng FILE beside it" in alone.output
    nowhere = CliRunner().invoke(main, ["run", "--pcapng", str(tmp_path / "none" / "a"), str(session)])
    assert nowhere.exit_code == 2
    assert "cannot be written: No such file or directory" in nowhere.output


# --- as Wireshark reads it -------------------------------------------------------------------------------------------

with_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
#: A frame is there at each device that it met, which are not parts of one stream of data.
FRAMES = ["-o", "tcp.desegment_tcp_streams:FALSE"]
#: Lessons without a packet before the tests' own.
SILENT = {"01-two-namespaces", "08-a-firewall"}


def told_by_tshark(path: Path, *fields: str, only: str = "frame") -> list[str]:
    asked = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-n", *FRAMES, "-r", str(path), "-Y", only, "-T", "fields", *asked]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def wrong(path: Path) -> list[str]:
    """Frames that Wireshark cannot take apart, or finds an error in."""
    errors = "_ws.malformed || _ws.expert.severity >= 0x00800000"
    return told_by_tshark(path, "frame.number", "_ws.expert.message", only=errors)


@with_tshark
@pytest.mark.parametrize("lesson", lessons.paths(), ids=lambda path: path.stem)
def test_tshark_finds_nothing_wrong_in_a_lesson_and_reads_why_packets_were_dropped(
    lesson: Path, tmp_path: Path
) -> None:
    path = tmp_path / "lesson.pcapng"
    assert run_files([lesson], lambda _text: None, PlayOptions(quiet=True, outputs=Outputs(capture=path))) == 0
    assert wrong(path) == []
    read = told_by_tshark(path, "frame.interface_name", "frame.comment")
    assert bool(read) == (lesson.stem not in SILENT)
    comments = [comment for _, _, comment in (line.partition("\t") for line in read) if comment]
    assert "".join(comments).count(": dropped: ") == path.read_bytes().count(b": dropped: ")
    assert [each for each in comments if ": dropped: " not in each] == []


@with_tshark
def test_tshark_would_find_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    data = captured(*PAIR, "ping -c 1 10.0.0.2").encode()
    path.write_bytes(data)
    assert wrong(path) == []
    path.write_bytes(data.replace(b"\x08\x00E\x00\x00T", b"\x08\x00E\x00\x00\x0f", 1))
    assert len(wrong(path)) == 1


@with_tshark
def test_tshark_reads_every_frame_its_interface_and_the_comments(tmp_path: Path) -> None:
    lines = [*PAIR, "ip netns exec a iptables -A INPUT -p icmp -j DROP", "ping -c 1 -W 1 10.0.0.2"]
    path = tmp_path / "a.pcapng"
    path.write_bytes(captured(*lines).encode())
    read = told_by_tshark(path, "frame.interface_name", "_ws.col.Protocol", "frame.comment")
    shown = [line.rstrip("\t").split("\t") for line in read]
    assert ["host:v0", "ARP"] in shown
    assert [line[:2] for line in shown if line[1] == "ICMP"] == [["host:v0", "ICMP"], ["a:eth0", "ICMP"]]
    assert sum("rule 1: -p icmp -j DROP" in line[-1] for line in shown) == 1
    assert wrong(path) == []
