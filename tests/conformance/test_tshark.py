"""Captures of the simulator as a real tshark reads them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.machines import pair, typed
from vnetsim import Lab

TSHARK = shutil.which("tshark")
pytestmark = pytest.mark.skipif(TSHARK is None, reason="there is no tshark here")

TALK = (
    "ip netns exec b nc -l 80 > /got & sleep 0.1; ip netns exec a ping -c 1 10.0.0.2; "
    "head -c 100000 /dev/zero | ip netns exec a nc -N 10.0.0.2 80; ip netns exec a nc -z 10.0.0.2 81; "
    "ip netns exec a bash -c 'echo x > /dev/udp/10.0.0.2/9000'; sleep 2"
)


def captured(device: str) -> bytes:
    lab = pair()
    typed(lab, f"ip netns exec a bash -c 'tcpdump -U -i {device} -w /capture.pcap & echo $! > /pid'; sleep 0.2")
    lab.run(f"{TALK}; kill $(cat /pid); sleep 0.1")
    assert lab.run("wc -c < /got").stdout == "100000\n"
    assert lab.run("wc -c < /capture.pcap").stdout == f"{len(lab.read_file('/capture.pcap'))}\n"
    return lab.read_file("/capture.pcap")


def told_by_tshark(path: Path, *arguments: str) -> list[str]:
    assert TSHARK is not None
    done = subprocess.run([TSHARK, "-n", "-r", str(path), *arguments], capture_output=True, check=True)
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("device", ["eth0", "any"])
def test_wireshark_finds_nothing_wrong(tmp_path: Path, device: str) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(captured(device))
    assert told_by_tshark(path, "-Y", "_ws.malformed || _ws.expert.severity >= 0x00800000") == []
    assert told_by_tshark(path, "-Y", "tcp.analysis.retransmission || tcp.analysis.lost_segment") == []
    fields = told_by_tshark(path, "-Y", "tcp.port == 80", "-T", "fields", "-e", "tcp.len")
    assert sum(map(int, fields)) == 100_000
    protocols = set(told_by_tshark(path, "-T", "fields", "-e", "_ws.col.Protocol"))
    assert protocols >= {"ICMP", "TCP", "UDP"}
    assert len(told_by_tshark(path, "-Y", "tcp.flags.reset == 1 && tcp.srcport == 81")) == 1


def test_real_tcpdump_says_what_ours_says(tmp_path: Path) -> None:
    tcpdump = shutil.which("tcpdump")
    if tcpdump is None:
        pytest.skip("there is no tcpdump here")
    lab = Lab()
    lab.run("ip link set lo up")
    lab.run("tcpdump -i lo -w /x.pcap & sleep 1; ping -c 2 127.0.0.1; nc -z 127.0.0.1 9; sleep 2; pkill tcpdump; wait")
    path = tmp_path / "x.pcap"
    path.write_bytes(lab.read_file("/x.pcap"))
    real = subprocess.run([tcpdump, "-n", "-t", "-e", "-v", "-r", str(path)], capture_output=True, check=True).stdout
    assert lab.run("tcpdump -n -t -e -v -r /x.pcap").stdout == real.decode()
