"""Questions about flows that exist: an established connection, a half-closed one, a source port, an old translation."""

from __future__ import annotations

import pytest

from tests.reach.test_exposures import ROUTER
from vnetsim import Lab
from vnetsim.errors import UsageError

TALK = "sleep 1000 | ip netns exec red nc -p 40000 10.0.2.2 5000"
KNOWN = "iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
DNAT = "iptables -t nat -{} PREROUTING {}-p udp --dport 53 -j DNAT --to-destination {}"


def routed(*lines: str) -> Lab:
    lab = Lab()
    for line in (*ROUTER, *lines):
        assert lab.run(line), line
    return lab


def connected(*lines: str, after: tuple[str, ...] = ()) -> Lab:
    """red talks from port 40000 to port 5000 of blue; then `after` is typed."""
    lab = routed(*lines)
    lab.start("ip netns exec blue nc -lk -p 5000")
    lab.sleep(1)
    lab.start(TALK)
    lab.sleep(1)
    for line in after:
        assert lab.run(line), line
    return lab


def test_a_connection_that_exists_is_asked_about_and_goes_on() -> None:
    lab = connected(KNOWN)
    before = lab.run("ip netns exec red ss -tno").output
    answer = lab.why("red", "blue:5000", "established", change=False)
    assert answer.arrives
    assert answer.connection == "ESTAB 10.0.1.2:40000 > 10.0.2.2:5000"
    (known,) = answer.remembered
    assert (known.namespace, known.translated) == ("host", False)
    assert known.text.startswith("tcp ESTABLISHED 10.0.1.2:40000 > 10.0.2.2:5000, answers 10.0.2.2:5000")
    assert "TCP ACK, 52 bytes" in answer
    assert lab.run("ip netns exec red ss -tno").output == before


def test_what_keeps_out_new_connections_lets_it_go_on() -> None:
    lab = connected(KNOWN, after=("iptables -P FORWARD DROP",))
    assert lab.why("red", "blue:5000", "established", change=False).arrives
    assert not lab.why("red", "blue:5000", change=False).arrives


def test_a_rule_before_its_state_is_asked_stops_it() -> None:
    lab = connected(KNOWN, after=("iptables -I FORWARD -s 10.0.1.0/24 -p tcp --dport 5000 -j DROP",))
    answer = lab.why("red", "blue:5000", "established")
    assert (answer.reason, answer.diagnosis.packet) == ("NETFILTER_DROP", "request")
    assert "tcp/5000 established: does not arrive" in str(answer)
    assert answer.remedies[0].commands == ("iptables -I FORWARD -s 10.0.1.2 -d 10.0.2.2 -p tcp --dport 5000 -j ACCEPT",)


def test_its_answers_may_be_lost_as_well() -> None:
    lab = connected(after=("iptables -I FORWARD -s 10.0.2.2 -p tcp -j DROP",))
    answer = lab.why("red", "blue:5000", "established")
    assert (answer.reason, answer.diagnosis.packet) == ("NETFILTER_DROP", "reply")
    assert answer.remedies[0].commands == ("iptables -I FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",)


def test_a_half_closed_connection_says_so() -> None:
    lab = connected(after=("iptables -I FORWARD -s 10.0.1.2 -p tcp -j DROP", "pkill -f 'nc -lk'"))
    lab.sleep(1)
    answer = lab.why("red", "blue:5000", "established", change=False)
    assert not answer.arrives
    assert answer.connection is not None
    assert answer.connection == (
        "CLOSE-WAIT 10.0.1.2:40000 > 10.0.2.2:5000 (the other side has closed it, this one has not)"
    )
    assert f"flow     {answer.connection}" in str(answer)


def test_a_connection_that_the_other_side_forgot_is_reset() -> None:
    lab = connected(after=("ip -n blue link set eth0 down", "pkill -f 'nc -lk'"))
    lab.sleep(200)
    for line in ("ip -n blue link set eth0 up", "ip -n blue route replace default via 10.0.2.1"):
        assert lab.run(line), line
    answer = lab.why("red", "blue:5000", "established", change=False)
    assert (answer.reason, answer.json()["outcome"]) == ("NO_SOCKET", "refused")
    assert not answer.arrives


def test_an_old_translation_is_told_and_forgotten() -> None:
    """A UDP client that keeps its port keeps the server that it had, whatever the rules say now."""
    lab = routed(DNAT.format("A", "", "10.0.2.9"), "ip -n blue address add 10.0.2.9/24 dev eth0")
    lab.start("ip netns exec blue nc -u -l -k -p 53")
    lab.sleep(1)
    lab.run("echo x | timeout 1 ip netns exec red nc -u -p 4000 10.0.1.1 53")
    assert lab.run(DNAT.format("R", "1 ", "10.0.2.2"))
    assert lab.run("ip -n blue address del 10.0.2.9/24 dev eth0")
    assert lab.why("red", "10.0.1.1", "udp/53", change=False).arrives
    answer = lab.why("red", "10.0.1.1", "udp/53", "sport=4000")
    assert not answer.arrives
    assert [known.translated for known in answer.remembered] == [True]
    assert "known    host: udp 10.0.1.2:4000 > 10.0.1.1:53, answers 10.0.2.9:53 > 10.0.1.2:4000" in str(answer)
    (line,) = answer.remedies[0].commands
    assert line == "conntrack -D -p udp -s 10.0.1.2 -d 10.0.1.1 --sport 4000 --dport 53"
    assert lab.run(line)
    assert lab.why("red", "10.0.1.1", "udp/53", "sport=4000", change=False).arrives


@pytest.mark.parametrize("port", [1024, 40000])
def test_a_rule_may_ask_for_the_source_port(port: int) -> None:
    lab = routed("iptables -A FORWARD -p tcp --sport 1024 -j DROP")
    lab.start("ip netns exec blue nc -lk -p 5000")
    lab.sleep(1)
    answer = lab.why("red", "blue:5000", f"sport={port}", change=False)
    assert answer.arrives == (port != 1024)
    assert f"10.0.1.2:{port} > 10.0.2.2:5000: TCP SYN" in str(answer)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("blue:5001", "established"),
            r"there is no TCP connection to 10.0.2.2:5001 here; there are: ESTAB 10.0.1.2:4",
        ),
        (("blue:5000", "established", "sport=1"), r"there is no TCP connection to 10.0.2.2:5000 here"),
        (("blue", "established"), r"'established': expected tcp/PORT"),
        (("blue", "udp/5000", "established"), r"'established': expected tcp/PORT"),
        (("blue:5000", "established", "size=5"), r"'established': expected tcp/PORT"),
        (("blue", "sport=5"), r"icmp has no ports, found sport=5"),
        (("blue:5000", "sport=70000"), r"expected a port from 1 to 65535"),
    ],
)
def test_what_makes_no_sense_is_said(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        connected().why("red", *words)


def test_the_flow_is_in_the_json() -> None:
    told = connected(KNOWN).why("red", "blue:5000", "established", change=False).json()
    assert told["question"]["established"] is True
    assert told["flow"]["connection"].startswith("ESTAB ")
    assert [list(each) for each in told["flow"]["remembered"]] == [["namespace", "text", "translated"]]
