"""Units and scripts of daemons: on the host, and in a device that is an image of Kathará."""

from __future__ import annotations

import pytest

from vnetsim import Lab

ROUTING = "no routing daemon runs here, add its routes with `ip route`"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("mkdir -p /var/www/html /etc/netns/device; touch /etc/kathara-image; ip link set lo up")
    lab.run("echo kathara/base > /etc/netns/device/kathara-image")
    lab.run("ip netns add device; ip netns add plain; ip -n device link set lo up")
    return lab


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("systemctl start apache2", "systemctl stop apache2.service"),
        ("/etc/init.d/apache2 restart", "service apache2 stop"),
        ("systemctl restart apache2", "systemctl stop apache2"),
    ],
)
@pytest.mark.parametrize("where", ["", "ip netns exec device "])
def test_a_daemon_runs_where_it_is_started(lab: Lab, where: str, start: str, stop: str) -> None:
    assert lab.run(where + start).exit_code == 0
    assert lab.run(f"{where}ss -Hltn").stdout.split()[:4] == ["LISTEN", "0", "511", "*:80"]
    other = "" if where else "ip netns exec device "
    assert lab.run(f"{other}ss -Hltn").stdout == ""
    assert lab.run(f"{other}service apache2 status").stdout == "apache2 is not running.\n"
    assert lab.run(f"{where}systemctl is-active apache2").stdout == "active\n"
    assert lab.run(where + stop).exit_code == 0
    assert lab.run(f"{where}ss -Hltn").stdout == ""
    assert lab.run(f"{where}systemctl is-active apache2").exit_code == 3


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("systemctl start frr", f"the unit frr: {ROUTING}"),
        ("/etc/init.d/zebra start", f"the unit zebra: {ROUTING}"),
        ("service quagga start", f"the unit quagga: {ROUTING}"),
        ("systemctl start nosuch", "the unit nosuch"),
        ("service apache2 reload", "/etc/init.d/apache2 reload"),
        ("systemctl status apache2", "systemctl status apache2"),
        ("systemctl start apache2 nosuch", "systemctl start of several units"),
        (
            "ip netns exec plain systemctl start apache2",
            "the unit apache2 in a namespace or a container: systemd would start it on the host",
        ),
    ],
)
def test_what_is_refused(lab: Lab, line: str, refusal: str) -> None:
    assert lab.run(line).stderr == f"vnetsim: not modelled: {refusal}\n"
