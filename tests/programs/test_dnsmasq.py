"""dnsmasq beside what was recorded (tests/recorded/kernel/dns_dnsmasq): what it refuses, and as a daemon."""

from __future__ import annotations

import pytest

from vnetsim import Lab

ZONE = (
    "dnsmasq -R -h --address=/example.org/10.0.0.9 --address=/b.example.org/fd00::9 --address=/b.example.org/10.0.0.8"
)


def test_it_goes_on_in_the_background_and_the_narrowest_domain_answers() -> None:
    lab = Lab()
    assert lab.run("ip link set lo up")
    assert lab.run(ZONE)
    asked = {name: lab.run(f"dig +short @127.0.0.1 {name}").stdout for name in ("a.example.org A", "x.b.example.org A")}
    assert list(asked.values()) == ["10.0.0.9\n", "10.0.0.8\n"]
    assert lab.run("dig +short @127.0.0.1 b.example.org AAAA").stdout == "fd00::9\n"
    assert "status: REFUSED" in lab.run("dig @127.0.0.1 example.net").stdout


def test_a_resolver_believes_it_about_ipv4_though_it_refuses_ipv6() -> None:
    lab = Lab()
    for line in ("ip link set lo up", ZONE, "echo nameserver 127.0.0.1 > /etc/resolv.conf", "sleep 1"):
        assert lab.run(line)
    assert lab.run("getent ahosts www.example.org").stdout.startswith("10.0.0.9 ")
    assert lab.run("ping -c 1 -W 1 www.example.net", expected=2).output.endswith(
        "Temporary failure in name resolution\n"
    )


@pytest.mark.parametrize(
    "option", ["--server=1.1.1.1", "-i eth0", "--nonsense", "--listen-address=10.0.0.1", "--host-record=db", "-d"]
)
def test_what_it_has_and_is_not_here_is_refused(option: str) -> None:
    found = Lab().run(f"dnsmasq -R -h {option}")
    assert found.exit_code
    assert "not modelled: dnsmasq" in found.output


@pytest.mark.parametrize("options", ["", "-R", "-h", "-k"])
def test_what_would_read_files_is_refused(options: str) -> None:
    assert "not modelled: dnsmasq without --no-resolv and --no-hosts" in Lab().run(f"dnsmasq {options}").output


@pytest.mark.parametrize("option", ["--address=/a..b/10.0.0.9", "--host-record=a..b,10.0.0.9"])
def test_names_that_are_none_are_not_modelled(option: str) -> None:
    done = Lab().run(f"dnsmasq -R -h {option}")
    assert (done.exit_code, done.stderr.startswith("vnetsim: not modelled: dnsmasq --")) == (1, True)
