"""iperf over TCP: the lines of iperf 2.1.8, and a speed as recorded with a rate of 10 Mbit/s (9.55 there)."""

from __future__ import annotations

import re

from tests.machines import pair
from vnetsim import Lab


def shaped(rate: str = "10mbit") -> Lab:
    lab = pair()
    assert lab.run(f"ip netns exec a tc qdisc add dev eth0 root tbf rate {rate} burst 15000 latency 50ms")
    lab.start("ip netns exec b iperf -s > /tmp/server")
    lab.sleep(1)
    return lab


def test_a_client_and_its_server() -> None:
    lab = shaped()
    output = lab.run("ip netns exec a iperf -c 10.0.0.2 -t 5").stdout.splitlines()
    assert output[:4] == [
        "-" * 60, "Client connecting to 10.0.0.2, TCP port 5001", "TCP window size: 85.3 KByte (default)", "-" * 60,
    ]  # fmt: skip
    ends = r"local 10\.0\.0\.1 port \d+ connected with 10\.0\.0\.2 port 5001 \(icwnd/mss/irtt=14/1448/\d+\)"
    assert re.fullmatch(rf"\[  1\] {ends}", output[4])
    assert output[5] == "[ ID] Interval       Transfer     Bandwidth"
    assert re.fullmatch(r"\[  1\] 0\.0000-5\.\d{4} sec  [56]\.\d\d MBytes  9\.[45]\d Mbits/sec", output[6])
    assert output[6].split()[-2] in lab.read_file("/tmp/server").decode()


def test_intervals_and_units() -> None:
    lines = shaped().run("ip netns exec a iperf -c 10.0.0.2 -t 2 -i 1 -f k").stdout.splitlines()[6:]
    assert [line.split()[2] for line in lines][:2] == ["0.0000-1.0000", "1.0000-2.0000"]
    assert all(line.endswith(" Kbits/sec") for line in lines)


def test_nobody_listens() -> None:
    result = pair().run("ip netns exec a iperf -c 10.0.0.2")
    assert result.stderr == "tcp connect failed: Connection refused\n"
    assert result.stdout.endswith("[  1] local 0.0.0.0 port 0 connected with 10.0.0.2 port 5001\n")
    assert result.exit_code == 0


def test_a_path_without_a_limit_is_refused() -> None:
    lab = pair()
    lab.start("ip netns exec b iperf -s")
    lab.sleep(1)
    result = lab.run("ip netns exec a iperf -c 10.0.0.2 -t 1")
    assert "vnetsim: not modelled: the speed of a path without a limit" in result.stderr
    assert result.exit_code != 0


def test_options_that_are_not_modelled() -> None:
    for words in ("-c 10.0.0.2 -P 2", "-s -D", "-c 10.0.0.2 -R"):
        assert "vnetsim: not modelled" in pair().run(f"ip netns exec a iperf {words}").stderr
    assert pair().run("iperf").output.startswith("Usage: iperf [-s|-c host] [options]\n")
