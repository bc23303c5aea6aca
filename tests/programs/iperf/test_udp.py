"""iperf over UDP: the lines of iperf 2.1.8."""

from __future__ import annotations

import re

from tests.machines import pair


def test_a_rate_that_fits() -> None:
    lab = pair()
    lab.start("ip netns exec b iperf -u -s")
    lab.sleep(1)
    lines = lab.run("ip netns exec a iperf -u -c 10.0.0.2 -t 3 -b 5M").stdout.splitlines()
    assert lines[2] == "Sending 1470 byte datagrams, IPG target: 2243.04 us (kalman adjust)"
    assert lines[-4:-2] == ["[  1] Sent 1339 datagrams", "[  1] Server Report:"]
    assert re.fullmatch(
        r"\[  1\] 0\.0000-2\.99\d\d sec  1\.88 MBytes  5\.25 Mbits/sec   0\.000 ms 0/1338 \(0%\)", lines[-1]
    )


def test_what_does_not_fit_is_lost() -> None:
    lab = pair()
    lab.run("ip netns exec a tc qdisc add dev eth0 root tbf rate 1mbit burst 3000 latency 10ms")
    lab.start("ip netns exec b iperf -u -s")
    lab.sleep(1)
    report = lab.run("ip netns exec a iperf -u -c 10.0.0.2 -t 2 -b 4M").stdout.splitlines()[-1]
    found = re.search(r"(\d+)/(\d+) \((\d+)%\)", report)
    assert found is not None
    assert 70 <= int(found[3]) <= 80


def test_a_server_that_does_not_answer() -> None:
    result = pair().run("ip netns exec a iperf -u -c 10.0.0.2 -t 1")
    assert result.stderr == "[  1] WARNING: did not receive ack of last datagram after 10 tries.\n"
