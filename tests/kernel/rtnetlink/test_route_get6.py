"""`ip -6 route get` and the IPv6 tables, as recorded (Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.six import cable, namespace, reaches
from tests.kernel.wires import watched
from tests.machines import typed
from vnetsim import Lab


def routed() -> Lab:
    """a between b's two cables, with routes of every kind."""
    lab = Lab(docker=False)
    namespace(lab, "a", "b")
    for number in (0, 1):
        cable(lab, "a", f"eth{number}", "b", f"eth{number}", number + 1)
        typed(lab, f"ip -n a addr add fd0{number}::1/64 dev eth{number}")
        typed(lab, f"ip -n b addr add fd0{number}::2/64 dev eth{number}")
    lab.sleep(2)
    typed(
        lab,
        """
        ip -n a -6 route add default via fd00::6
        ip -n a -6 route add default via fd01::2 metric 2000
        ip -n a -6 route add 2001:db8:2::/48 dev eth0
        ip -n a -6 route add 2001:db8:2::5/128 dev eth1
        ip -n a -6 route add 2001:db8:2::/64 via fe80::1 dev eth1
        ip -n a -6 route add 2001:db8:3::/48 via fd00::2 src fd01::1
        ip -n a -6 route add 2001:db8:6::/48 via fd00::2 proto static metric 5 mtu 1400 advmss 1200
        ip -n a -6 route add 2001:db8:8::/48 via fd00::2 pref high
        ip -n a -6 route add local 2001:db8:a::/48 dev lo
        ip -n a -6 route add unreachable 2001:db8:d::/48
        ip -n a -6 route add prohibit 2001:db8:e::/48
        ip -n a -6 route add blackhole 2001:db8:f::/48
        ip -n a -6 route add throw 2001:db8:10::/48
        ip -n a -6 route add 2001:db8:11::/48 via fd00::2 expires 100
    """,
    )
    return lab


ANSWERS = [
    ("2001:db8:2::5", "2001:db8:2::5 from :: dev eth1 src fd01::1 metric 1024 pref medium"),
    ("2001:db8:2::9", "2001:db8:2::9 from :: via fe80::1 dev eth1 src fd01::1 metric 1024 pref medium"),
    ("2001:db8:3::9", "2001:db8:3::9 from :: via fd00::2 dev eth0 src fd01::1 metric 1024 pref medium"),
    ("2001:db8:6::9", ("2001:db8:6::9 from :: via fd00::2 dev eth0 proto static src fd00::1 metric 5 mtu 1400 "
                      "advmss 1200 pref medium")),
    ("2001:db8:8::9", "2001:db8:8::9 from :: via fd00::2 dev eth0 src fd00::1 metric 1024 pref high"),
    ("2001:db8:a::9", "local 2001:db8:a::9 from :: dev lo table local src fd00::1 metric 1024 pref medium"),
    ("fd00::1", "local fd00::1 from :: dev lo table local proto kernel src fd00::1 metric 0 pref medium"),
    ("fd00::77", "fd00::77 from :: dev eth0 proto kernel src fd00::1 metric 256 pref medium"),
    ("fd00::77 from fd01::1", "fd00::77 from fd01::1 dev eth0 proto kernel src fd00::1 metric 256 pref medium"),
    ("fd00::77 oif eth1", "fd00::77 from :: via fd01::2 dev eth1 src fd01::1 metric 2000 pref medium"),
    ("fd00::77 iif eth1", "fd00::77 from :: dev eth0 proto kernel metric 256 iif eth1 pref medium"),
    ("fibmatch 2001:db8:6::9", ("2001:db8:6::/48 via fd00::2 dev eth0 proto static metric 5 mtu 1400 advmss 1200 "
                               "pref medium")),
    ("ff02::1 dev eth0", ("multicast ff02::1 from :: dev eth0 table local proto kernel src fe80::ff:fe00:101 "
                         "metric 256 pref medium")),
    ("::1", "local ::1 from :: dev lo table local proto kernel src ::1 metric 0 pref medium"),
]  # fmt: skip

REFUSED = [
    ("2001:db8:d::9", "No route to host"),
    ("2001:db8:e::9", "Permission denied"),
    ("2001:db8:f::9", "Invalid argument"),
    ("2001:db8:2::5 oif lo", "Network is unreachable"),
]


@pytest.mark.parametrize(("question", "answer"), ANSWERS)
def test_the_answer_is_that_of_the_kernel(question: str, answer: str) -> None:
    assert routed().run(f"ip -n a -6 route get {question}").stdout.strip() == answer


@pytest.mark.parametrize(("question", "words"), REFUSED)
def test_where_there_is_no_way_the_refusal_is_that_of_the_kernel(question: str, words: str) -> None:
    result = routed().run(f"ip -n a -6 route get {question}")
    assert (result.exit_code, result.stderr) == (2, f"RTNETLINK answers: {words}\n")


def test_json_has_what_the_line_has() -> None:
    assert routed().run("ip -n a -j -6 route get fd00::77").stdout == (
        '[{"dst":"fd00::77","from":"::","dev":"eth0","protocol":"kernel","prefsrc":"fd00::1","metric":256,'
        '"flags":[],"pref":"medium"}]\n'
    )


def test_a_route_that_is_over_leads_nowhere_and_is_listed_until_it_is_collected() -> None:
    lab = routed()
    show = "ip -n a -6 route show 2001:db8:11::/48"
    assert lab.run(show).stdout == "2001:db8:11::/48 via fd00::2 dev eth0 metric 1024 expires 99sec pref medium\n"
    assert "via fd00::2" in lab.run("ip -n a -6 route get 2001:db8:11::1").stdout
    lab.sleep(100)
    assert "via fd00::6" in lab.run("ip -n a -6 route get 2001:db8:11::1").stdout
    assert "expires" in lab.run(show).stdout
    lab.sleep(30)
    assert lab.run(show).stdout == ""


def test_rules_choose_the_table_by_source_and_by_mark() -> None:
    lab = routed()
    typed(
        lab,
        """
        ip -n b addr add fd99::1/128 dev lo
        ip -n a -6 route replace default via fd00::2
        ip -n a -6 route add default via fd01::2 table 100
        ip -n a -6 rule add from fd01::1 table 100
        ip -n a -6 rule add fwmark 7 table 100
    """,
    )
    wire = watched(lab, "b", "eth1")
    for more, by_eth1 in (("", False), ("-I fd01::1", True), ("-m 7", True)):
        wire.clear()
        assert reaches(lab, "a", "fd99::1", f"-c 1 -W 1 {more}")
        assert any("echo request" in str(each.frame) for each in wire) == by_eth1
    typed(lab, "ip -n a -6 rule del fwmark 7 table 100")
    typed(lab, "ip netns exec a ip6tables -t mangle -A OUTPUT -d fd99::1 -j MARK --set-mark 7")
    typed(lab, "ip -n a -6 rule add fwmark 7 table 100")
    wire.clear()
    reaches(lab, "a", "fd99::1")
    assert any("echo request" in str(each.frame) for each in wire)
