"""What the engine does to its host, read as a shell script: the order decides indexes of devices and routes.

`@` is in the container's namespace.
"""

from __future__ import annotations

import pytest

from tests.docker.simulated import Simulated


def lines(script: str) -> list[str]:
    return [line.strip() for line in script.strip().splitlines()]


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def test_a_network(host: Simulated) -> None:
    assert host.script(host.engine.network_create({"Name": "app"})) == lines("""
        ip link add name br1 address mac1 txqueuelen 0 type bridge
        sysctl -w net/ipv6/conf/br1/accept_ra=0
        ip addr add 172.18.0.1/16 broadcast 172.18.255.255 dev br1
        iptables -t nat -I POSTROUTING -s 172.18.0.0/16 ! -o br1 -j MASQUERADE
        iptables -t nat -I DOCKER -i br1 -j RETURN
        iptables -A DOCKER-FORWARD -i br1 -j ACCEPT
        iptables -A DOCKER ! -i br1 -o br1 -j DROP
        iptables -A DOCKER-CT -o br1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables -A DOCKER-BRIDGE -o br1 -j DOCKER
        iptables -A DOCKER-ISOLATION-STAGE-1 -i br1 ! -o br1 -j DOCKER-ISOLATION-STAGE-2
        iptables -I DOCKER-ISOLATION-STAGE-2 -o br1 -j DROP
        ip link set dev br1 up
    """)


def test_a_container_on_the_default_bridge(host: Simulated) -> None:
    host.create("web", "nginx", PortBindings={"80/tcp": [{"HostPort": "8080"}]})
    assert host.script(host.engine.container_start("web")) == lines("""
        @ ip link set dev lo up
        @ sysctl -w net/ipv4/ping_group_range=0\t2147483647
        @ sysctl -w net/ipv4/ip_unprivileged_port_start=0
        ip link add name veth1 txqueuelen 0 type veth peer name veth2 netns pid1 txqueuelen 0
        ip link set dev veth1 mtu 1500
        @ ip link set dev veth2 mtu 1500
        ip link set dev veth1 master docker0
        iptables -t raw -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
        ip link set dev veth1 up
        @ ip link set dev veth2 down
        @ ip link set dev veth2 name eth0
        @ ip link set dev eth0 address mac1
        @ ip addr add 172.17.0.2/16 broadcast 172.17.255.255 dev eth0
        @ sysctl -w net/ipv6/conf/eth0/disable_ipv6=1
        @ ip link set dev eth0 up
        @ ip route add default via 172.17.0.1 dev eth0
        iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
        iptables -I DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
    """)


def test_one_more_network(host: Simulated) -> None:
    host.network("back", Internal=True)
    host.run("web")
    assert host.script(host.engine.network_connect("back", {"Container": "web"})) == lines("""
        ip link add name veth1 txqueuelen 0 type veth peer name veth2 netns pid1 txqueuelen 0
        ip link set dev veth1 master br1
        ip link set dev veth1 up
        @ ip link set dev veth2 down
        @ ip link set dev veth2 name eth1
        @ ip link set dev eth1 address mac1
        @ ip addr add 172.18.0.2/16 broadcast 172.18.255.255 dev eth1
        @ sysctl -w net/ipv6/conf/eth1/disable_ipv6=1
        @ ip link set dev eth1 up
        @ iptables -t nat -N DOCKER_OUTPUT
        @ iptables -t nat -I OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT
        @ iptables -t nat -N DOCKER_POSTROUTING
        @ iptables -t nat -I POSTROUTING -d 127.0.0.11/32 -j DOCKER_POSTROUTING
        @ iptables -t nat -I DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:port1
        @ iptables -t nat -I DOCKER_POSTROUTING -s 127.0.0.11/32 -p udp -m udp --sport port1 -j SNAT --to-source :53
        @ iptables -t nat -I DOCKER_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:port2
        @ iptables -t nat -I DOCKER_POSTROUTING -s 127.0.0.11/32 -p tcp -m tcp --sport port2 -j SNAT --to-source :53
    """)  # noqa: E501 -- as it is


def test_the_way_out_moves_to_another_network(host: Simulated) -> None:
    host.network("app")
    host.run("web", "nginx", ["app"], PortBindings={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]})
    host.do(host.engine.network_connect("bridge", {"Container": "web"}))
    assert host.script(host.engine.network_disconnect("app", {"Container": "web"})) == lines("""
        iptables -t raw -D PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8080 -j DROP
        iptables -t nat -D DOCKER -d 127.0.0.1/32 ! -i br1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80
        iptables -D DOCKER -d 172.18.0.2/32 ! -i br1 -o br1 -p tcp -m tcp --dport 80 -j ACCEPT
        @ ip link set dev eth0 down
        @ ip link set dev eth0 name veth1
        @ ip link set dev veth1 netns pid1
        @ ip route add default via 172.17.0.1 dev eth1
        iptables -t raw -A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8080 -j DROP
        iptables -t nat -A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
        iptables -I DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
        iptables -t raw -D PREROUTING -d 172.18.0.2/32 ! -i br1 -j DROP
        ip link del dev veth1
    """)  # noqa: E501 -- as it is


def test_the_end_of_a_container(host: Simulated) -> None:
    host.run("web", "nginx", PortBindings={"80/tcp": [{"HostPort": "8080"}]})
    assert host.script(host.engine.container_stop("web", 0)) == lines("""
        iptables -t nat -D DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
        iptables -D DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
        @ ip link set dev eth0 down
        @ ip link set dev eth0 name veth1
        @ ip link set dev veth1 netns pid1
        iptables -t raw -D PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
        ip link del dev veth1
    """)


def test_the_end_of_a_network(host: Simulated) -> None:
    host.network("app")
    assert host.script(host.engine.network_delete("app")) == lines("""
        ip link del dev br1
        iptables -t nat -D POSTROUTING -s 172.18.0.0/16 ! -o br1 -j MASQUERADE
        iptables -t nat -D DOCKER -i br1 -j RETURN
        iptables -D DOCKER-FORWARD -i br1 -j ACCEPT
        iptables -D DOCKER ! -i br1 -o br1 -j DROP
        iptables -D DOCKER-CT -o br1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables -D DOCKER-BRIDGE -o br1 -j DOCKER
        iptables -D DOCKER-ISOLATION-STAGE-1 -i br1 ! -o br1 -j DOCKER-ISOLATION-STAGE-2
        iptables -D DOCKER-ISOLATION-STAGE-2 -o br1 -j DROP
    """)


def test_a_container_without_a_network_and_one_on_the_host_change_nothing_outside(host: Simulated) -> None:
    for name, mode in (("alone", "none"), ("free", "host")):
        host.create(name, NetworkMode=mode)
        script = host.script(host.engine.container_start(name))
        assert all(command.startswith("@ ") for command in script)


def test_a_bridge_of_the_users_own_is_not_made_and_not_removed(host: Simulated) -> None:
    host.lab.run("ip link add mine type bridge; ip addr add 10.1.0.9/24 dev mine")
    options = {"com.docker.network.bridge.name": "mine"}
    made = host.script(host.engine.network_create({
        "Name": "app", "Options": options, "IPAM": {"Config": [{"Subnet": "10.1.0.0/24"}]},
    }))  # fmt: skip
    assert made[:2] == lines("""
        ip addr del 10.1.0.9/24 dev mine
        ip addr add 10.1.0.1/24 broadcast 10.1.0.255 dev mine
    """)
    assert all("ip link" not in line for line in host.script(host.engine.network_delete("app")))


def test_the_first_network_makes_the_host_a_router() -> None:
    host = Simulated("--bridge=none")
    host.lab.run("sysctl -qw net.ipv4.ip_forward=0")
    script = host.script(host.engine.network_create({"Name": "app"}))
    assert script[2:5] == lines("""
        ip addr add 172.17.0.1/16 broadcast 172.17.255.255 dev br1
        sysctl -w net/ipv4/ip_forward=1
        iptables -P FORWARD DROP
    """)


@pytest.mark.parametrize("flag", ["--ip-forward=false", "--iptables=false"])
def test_an_engine_may_be_told_to_leave_things_alone(flag: str) -> None:
    host = Simulated(flag)
    script = " ".join(host.script(host.engine.network_create({"Name": "app"})))
    assert ("ip_forward" in script, "iptables" in script) == (False, flag != "--iptables=false")
