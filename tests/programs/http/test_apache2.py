"""apache2 2.4.71 of Debian 12, as it starts and stops on Linux 6.18."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab

NAMES_ITSELF = "AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using {}. "


def test_it_starts_once_and_stops() -> None:
    lab = Lab()
    lab.run("ip link set lo up; ip addr add 10.0.0.1/24 dev lo; nc -lk 80 &")
    failed = lab.run("apachectl start")
    assert failed.exit_code == 1
    assert failed.stderr.startswith(NAMES_ITSELF.format("127.0.0.1"))
    assert "(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80\n" in failed.stderr
    lab.run("pkill nc; mkdir -p /var/www/html; apachectl start")
    assert re.fullmatch(r"httpd \(pid \d+\) already running\n", lab.run("apachectl start").stdout)
    assert lab.run("ss -Hltn").stdout.split() == ["LISTEN", "0", "511", "0.0.0.0:80", "0.0.0.0:*"]
    assert lab.run("systemctl is-active apache2").stdout == "active\n"
    lab.run("apachectl stop")
    assert lab.run("apachectl stop").stdout == "httpd (no pid file) not running\n"
    assert lab.run("service apache2 status").stdout == "apache2 is not running.\n"
    assert lab.run("apachectl").stdout.startswith("Usage: /usr/sbin/apachectl start|stop")


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("apachectl configtest", "apachectl configtest"),
        ("apache2 -k start", "apache2 without the variables that apachectl sets: `apachectl start`"),
        ("mkdir -p /etc/apache2; apachectl start", "the configuration of apache2 in /etc/apache2"),
    ],
)
def test_what_is_refused(line: str, refusal: str) -> None:
    assert lab_error(line) == f"vnetsim: not modelled: {refusal}\n"


def lab_error(line: str) -> str:
    return Lab().run(line).stderr


def test_it_listens_when_the_command_ends() -> None:
    lab = Lab()
    lab.run("ip link set lo up; mkdir -p /var/www/html; echo hi > /var/www/html/index.html")
    assert lab.run("apachectl start; curl -s 127.0.0.1").stdout == "hi\n"


def test_another_namespace_has_the_same_pid_file() -> None:
    lab = Lab()
    lab.run("apachectl start")
    assert list(lab.shortfall.assumptions) == []
    lab.run("ip netns add a; ip netns exec a apachectl start")
    assert list(lab.shortfall.assumptions) == ["apache2 runs in one namespace: another would find its PID file"]
