"""iperf3 on simulated machines; what is printed has the shape of what iperf 3.12 printed on Linux 6.18."""

from __future__ import annotations

import json
import re

import pytest

from tests.machines import pair, typed
from vnetsim import Lab

#: 20 Mbit/s both ways (the real ones were recorded with 100).
TBF = "tc qdisc add dev eth0 root tbf rate 20mbit burst 16k limit 300k"
#: What a second carries: 1448 bytes of each frame of 1514.
BEST = 20 * 1448 / 1514

TCP = """\
Connecting to host 10.0.0.2, port 5201
[  5] local 10.0.0.1 port 40348 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bitrate         Retr  Cwnd
[  5]   0.00-1.00   sec  12.2 MBytes  97.5 Mbits/sec    0   59.4 KBytes       \n\
[  5]   1.00-2.00   sec  11.2 MBytes  94.4 Mbits/sec    0   67.9 KBytes       \n\
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bitrate         Retr
[  5]   0.00-2.00   sec  23.5 MBytes  98.5 Mbits/sec    0             sender
[  5]   0.00-2.01   sec  22.8 MBytes  95.2 Mbits/sec                  receiver

iperf Done.
"""
REVERSE_TWO = """\
Connecting to host 10.0.0.2, port 5201
Reverse mode, remote host 10.0.0.2 is sending
[  5] local 10.0.0.1 port 40396 connected to 10.0.0.2 port 5201
[  7] local 10.0.0.1 port 40410 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bitrate
[  5]   0.00-1.00   sec  7.01 MBytes  58.8 Mbits/sec                  \n\
[  7]   0.00-1.00   sec  5.91 MBytes  49.6 Mbits/sec                  \n\
[SUM]   0.00-1.00   sec  12.9 MBytes  95.6 Mbits/sec                  \n\
- - - - - - - - - - - - - - - - - - - - - - - - -
[  5]   1.00-2.00   sec  6.03 MBytes  50.6 Mbits/sec                  \n\
[  7]   1.00-2.00   sec  5.59 MBytes  46.9 Mbits/sec                  \n\
[SUM]   1.00-2.00   sec  11.6 MBytes  97.5 Mbits/sec                  \n\
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bitrate         Retr
[  5]   0.00-2.00   sec  13.0 MBytes  54.7 Mbits/sec   87             sender
[  5]   0.00-2.01   sec  12.2 MBytes  50.8 Mbits/sec                  receiver
[  7]   0.00-2.00   sec  11.5 MBytes  48.3 Mbits/sec  239             sender
[  7]   0.00-2.01   sec  10.7 MBytes  44.8 Mbits/sec                  receiver
[SUM]   0.00-2.00   sec  24.5 MBytes  97.3 Mbits/sec  326             sender
[SUM]   0.00-2.01   sec  22.9 MBytes  95.6 Mbits/sec                  receiver

iperf Done.
"""
UDP = """\
Connecting to host 10.0.0.2, port 5201
[  5] local 10.0.0.1 port 37205 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bitrate         Total Datagrams
[  5]   0.00-1.00   sec   129 KBytes  1.05 Mbits/sec  91  \n\
[  5]   1.00-2.00   sec   127 KBytes  1.04 Mbits/sec  90  \n\
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams
[  5]   0.00-2.00   sec   256 KBytes  1.05 Mbits/sec  0.000 ms  0/181 (0%)  sender
[  5]   0.00-2.00   sec   256 KBytes  1.05 Mbits/sec  0.013 ms  0/181 (0%)  receiver

iperf Done.
"""
SERVER = """\
-----------------------------------------------------------
Server listening on 5201 (test #1)
-----------------------------------------------------------
Accepted connection from 10.0.0.1, port 40346
[  5] local 10.0.0.2 port 5201 connected to 10.0.0.1 port 40348
[ ID] Interval           Transfer     Bitrate
[  5]   0.00-1.00   sec  11.4 MBytes  95.6 Mbits/sec                  \n\
[  5]   1.00-2.00   sec  11.3 MBytes  94.8 Mbits/sec                  \n\
[  5]   2.00-2.01   sec  56.6 KBytes  93.2 Mbits/sec                  \n\
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bitrate
[  5]   0.00-2.01   sec  22.8 MBytes  95.2 Mbits/sec                  receiver
-----------------------------------------------------------
Server listening on 5201 (test #2)
-----------------------------------------------------------
"""


@pytest.fixture
def lab() -> Lab:
    made = pair()
    typed(made, f"ip netns exec a {TBF}\nip netns exec b {TBF}")
    made.start("ip netns exec b iperf3 -s > /server")
    made.sleep(0.1)
    return made


def shape(text: str) -> str:
    """Digits are as good as others, and a blank before one is as good as a digit."""
    return re.sub(r"(?<=\S) +(?=0)", lambda blanks: blanks[0], re.sub(r"[ \d.]*\d", "0", text))


@pytest.mark.parametrize(("options", "recorded"), [("-t 2", TCP), ("-t 2 -R -P 2", REVERSE_TWO), ("-u -t 2", UDP)])
def test_it_prints_what_it_prints(lab: Lab, options: str, recorded: str) -> None:
    told = lab.run(f"ip netns exec a iperf3 -c 10.0.0.2 {options}")
    assert (shape(told.stdout), told.stderr, told.exit_code) == (shape(recorded), "", 0)
    if options == "-t 2":
        lab.sleep(0.1)
        assert shape(lab.run("cat /server").stdout) == shape(SERVER)


def figures(lab: Lab, options: str) -> dict[str, float]:
    told = json.loads(lab.run(f"ip netns exec a iperf3 -c 10.0.0.2 -J {options}").stdout)
    end = told["end"]
    assert [told["start"]["test_start"]["protocol"], len(told["start"]["connected"])]
    return {"sent": end["sum_sent"]["bits_per_second"], "received": end["sum_received"]["bits_per_second"]}


def test_the_figures_are_those_of_the_link(lab: Lab) -> None:
    assert figures(lab, "-t 1")["received"] / 1e6 == pytest.approx(BEST, rel=0.01)
    assert figures(lab, "-t 1 -R")["received"] / 1e6 == pytest.approx(BEST, rel=0.01)
    assert figures(lab, "-t 1 -b 10M")["received"] / 1e6 == pytest.approx(10, rel=0.06)
    assert figures(lab, "-u -t 1 -b 10M")["received"] / 1e6 == pytest.approx(10, rel=0.01)


def test_what_is_too_much_is_lost(lab: Lab) -> None:
    told = json.loads(lab.run("ip netns exec a iperf3 -c 10.0.0.2 -u -n 2M -b 40M -J").stdout)["end"]["sum"]
    # Twice as much as fits comes for 0.42 s; the burst and the queue take 316 KB of it.
    size, seconds = 2 * 1024**2, 2 * 1024**2 * 8 / 40e6
    carried = (316_000 + 20e6 / 8 * seconds) * 1448 / 1490
    assert told["lost_percent"] == pytest.approx(100 * (1 - carried / size), abs=2)


def test_one_after_the_other(lab: Lab) -> None:
    lab.start("ip netns exec a iperf3 -c 10.0.0.2 -t 2 > /dev/null")
    lab.sleep(0.5)
    told = lab.run("ip netns exec a iperf3 -c 10.0.0.2 -t 2")
    assert told.output == "iperf3: error - the server is busy running a test. try again later\n"
    lab.sleep(3)
    assert lab.run("ip netns exec a iperf3 -c 10.0.0.2 -n 1M")
    bad = lab.run("ip netns exec a iperf3 -c 10.0.0.2 -C foo")
    assert bad.stderr == (
        "iperf3: error - unable to set TCP_CONGESTION: "
        "Supplied congestion control algorithm not supported on this host\n"
    )
    assert lab.run("ip netns exec a iperf3 -c 10.0.0.2 -n 1M -C reno")


def test_an_interrupted_client_tells_what_there_was(lab: Lab) -> None:
    told = lab.run("ip netns exec a timeout -s INT 1.5 iperf3 -c 10.0.0.2 -t 5")
    assert (told.exit_code, told.stderr) == (124, "iperf3: interrupt - the client has terminated\n")
    assert shape(told.stdout.splitlines()[-1]) == shape("[  5]   0.00-1.49   sec  0.00 Bytes  0.00 bits/sec  ") + (
        "                receiver"
    )


REFUSED = [
    ("-c 10.0.0.2 -p 9", "error - unable to connect to server: Connection refused\n"),
    ("-c 10.0.0.77", "error - unable to connect to server: No route to host\n"),
    ("-c 10.0.0.2 -B 10.0.0.77", "error - unable to connect to server: Cannot assign requested address\n"),
    ("-c nowhere", "error - unable to connect to server: Resource temporarily unavailable\n"),
    ("-c 10.0.0.2 -p 99999", "parameter error - port number must be between 1 and 65535 inclusive\n\n"),
    ("-s -c x", "parameter error - cannot be both server and client\n\n"),
    ("-s -t 3", "parameter error - some option you are trying to set is client only\n\n"),
    ("", "parameter error - must either be a client (-c) or server (-s)\n\n"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_refusals(options: str, words: str) -> None:
    """Recorded from iperf 3.12."""
    told = pair().run(f"ip netns exec a iperf3 {options}")
    assert (told.stderr, told.exit_code) == (f"iperf3: {words}", 1)


def test_a_server_for_one_client() -> None:
    lab = pair()
    assert lab.run("ip netns exec b iperf3 -s -1 -D").output == ""
    lab.sleep(0.1)
    assert lab.run("ip netns exec b iperf3 -s").stderr == (
        "iperf3: error - unable to start listener for connections: Address already in use\niperf3: exiting\n"
    )
    assert lab.run("ip netns exec a iperf3 -c 10.0.0.2 -n 1M")
    assert not lab.run("ip netns exec a iperf3 -c 10.0.0.2 -n 1M")


def test_what_is_not_modelled_is_said() -> None:
    for option in ("--bidir", "-Z", "-w 64K", "-t 0", "-V"):
        told = pair().run(f"iperf3 -c 127.0.0.1 {option}")
        assert told.stderr.startswith("vnetsim: not modelled: iperf3 ")
