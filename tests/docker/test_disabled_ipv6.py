"""Containers without IPv6 on networks that have it: recorded with Engine 28.5.2 (v6_disabled_in_container)."""

from __future__ import annotations

from vnetsim import Lab

_ADDRESS = "docker inspect -f '{{.NetworkSettings.Networks.n1.GlobalIPv6Address}}'"


def _lab(*lines: str) -> Lab:
    lab = Lab.docker_host()
    for line in ("docker network create --ipv6 --subnet fd00:1::/64 --subnet 10.1.0.0/24 n1", *lines):
        assert lab.run(line), line
    return lab


def test_a_container_without_ipv6_takes_no_address_and_has_no_ipv6_in_its_hosts_file() -> None:
    lab = _lab(
        "docker run -d --name v4 --network n1 --sysctl net.ipv6.conf.all.disable_ipv6=1 --add-host a:fd00::9 "
        "--add-host b:10.9.9.9 --hostname v4 alpine sleep 1d",
        "docker run -d --name next --network n1 alpine sleep 1d",
    )
    assert lab.run(f"{_ADDRESS} v4").stdout == "\n"
    assert lab.run(f"{_ADDRESS} next").stdout == "fd00:1::2\n"
    assert lab.run("docker exec v4 cat /etc/hosts").stdout == "127.0.0.1\tlocalhost\n10.9.9.9\tb\n10.1.0.2\tv4\n"
    assert lab.run("docker exec v4 ip -6 route").stdout == ""
    assert lab.run("docker exec next getent ahosts v4").stdout.split()[::2][:2] == ["10.1.0.2", "v4"]
    assert lab.run("docker exec next ping -c 1 -W 1 v4")


def test_a_port_of_a_container_without_ipv6_is_not_translated_from_ipv6() -> None:
    lab = _lab(
        "docker run -d --name v4 --network n1 -p 8080:80 --sysctl net.ipv6.conf.all.disable_ipv6=1 nginx",
    )
    assert lab.run("docker ps --format '{{.Ports}}'").stdout == "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp\n"
    assert "8080" not in lab.run("ip6tables-save").stdout
    assert "8080" in lab.run("iptables-save").stdout


def test_a_default_for_later_devices_disables_nothing_of_the_endpoint() -> None:
    lab = _lab("docker run -d --name web --network n1 --sysctl net.ipv6.conf.default.disable_ipv6=1 alpine sleep 1d")
    assert lab.run(f"{_ADDRESS} web").stdout == "fd00:1::2\n"
    assert "fd00:1::2/64" in lab.run("docker exec web ip -6 addr show eth0").stdout


def test_an_endpoint_whose_ipv6_is_disabled_cannot_be_advertised() -> None:
    lab = _lab()
    sysctl = "driver-opt=com.docker.network.endpoint.sysctls=net.ipv6.conf.IFNAME.disable_ipv6=1"
    refused = lab.run(f"docker run -d --name web --network name=n1,{sysctl} alpine sleep 1d")
    assert refused.exit_code == 125
    assert "failed to advertise addresses: write ip ::1->ff02::1: sendmsg: invalid argument" in refused.stderr
