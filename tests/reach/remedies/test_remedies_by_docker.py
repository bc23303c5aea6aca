"""Remedies by the engine's own commands: where each is proposed, and where it is not."""

from __future__ import annotations

import json

import pytest

from tests.reach.labs import made_by
from vnetsim import Lab
from vnetsim.reach.why.why import Why

SERVED = ("ip netns exec lan nc -l -k -p 443 &", "nc -l -k -p 5000 &")
#: Words by which the families are told apart.
GATEWAY, IPV6, MTU, CLAMP = "--gw-priority", "network create --ipv6", "network.driver.mtu=", "TCPMSS"
NAME_OF_HOST, SERVER, LINK, ALIAS = "host-gateway", "--dns ", "--link", "--alias"


def made(*lines: str) -> Lab:
    lab = Lab.docker_host()
    for line in (*SERVED, *lines):
        if line.endswith(" &"):
            lab.start(line.removesuffix(" &"))
        else:
            assert lab.run(line), line
    lab.sleep(1)
    return lab


def commands(answer: Why) -> list[str]:
    return [line for remedy in answer.remedies for line in remedy.commands]


# --- the default gateway ---------------------------------------------------------------------------------------------

CLOSED = "docker network create -o com.docker.network.bridge.enable_ip_masquerade=false closed"


def test_another_network_gives_the_default_gateway_and_the_endpoint_keeps_what_was_asked_of_it() -> None:
    lab = made(
        CLOSED,
        "docker network create --subnet 172.30.0.0/24 open",
        "docker run -d --name web --network open --ip 172.30.0.9 --network-alias front alpine sleep infinity",
        "docker network connect closed web",
    )
    assert lab.why("web", "lan").remedies[0].commands == (
        "docker network disconnect open web",
        "docker network connect --gw-priority 1 --alias front --ip 172.30.0.9 open web",
    )


def test_the_priority_is_higher_than_those_that_there_are() -> None:
    lab = made(
        CLOSED,
        "docker network create open",
        "docker run -d --name web --network open alpine sleep infinity",
        "docker network connect --gw-priority 7 closed web",
    )
    assert "docker network connect --gw-priority 8 open web" in lab.why("web", "lan").remedies[0].commands


@pytest.mark.parametrize(
    "lines",
    [
        (CLOSED, "docker run -d --name web --network closed alpine sleep infinity"),
        (CLOSED, "docker network create --internal inner",
         "docker run -d --name web --network closed alpine sleep infinity",
         "docker network connect inner web"),
        ("docker network create a", "docker network create b",
         "docker run -d --name web --network a alpine sleep infinity",
         "docker network connect b web", "iptables -I DOCKER-USER -j DROP"),
        ("docker network create a", "docker network create b",
         "docker run -d --name web --network a alpine sleep infinity",
         "docker network connect b web", "ip netns exec lan iptables -A INPUT -j DROP"),
    ],
    ids=["one network", "the other is internal", "a rule drops it", "the far end drops it"],
)  # fmt: skip
def test_the_gateway_stays_where_it_is_not_the_matter(lines: tuple[str, ...]) -> None:
    answer = made(*lines).why("web", "lan")
    assert not answer
    assert not any(GATEWAY in line for line in commands(answer))


# --- subnets ---------------------------------------------------------------------------------------------------------

FAR = ("ip -n lan link set lo up", "ip -n lan address add 172.28.5.5/32 dev lo")


def test_a_network_over_addresses_of_others_gets_another_subnet_and_its_containers_come_back() -> None:
    lab = made(
        *FAR,
        "docker network create --subnet 172.28.0.0/16 --label tier=front app",
        "docker run -d --name web --network app --ip 172.28.0.77 --network-alias www nginx",
    )
    assert lab.why("host", "172.28.5.5").remedies[0].commands == (
        "docker network disconnect app web",
        "docker network rm app",
        "docker network create --subnet 172.16.0.0/16 --label tier=front app",
        "docker network connect --alias www --ip 172.16.0.77 app web",
    )


def test_a_subnet_that_is_taken_is_not_chosen() -> None:
    taken = "ip -n lan route add 172.16.0.0/12 via 192.168.56.10"
    lab = made(*FAR, taken, "docker network create --subnet 172.28.5.0/24 app")
    assert "docker network create --subnet 192.168.0.0/24 app" in lab.why("host", "172.28.5.5").remedies[0].commands


@pytest.mark.parametrize("target", ["172.28.5.6", "192.168.56.77", "10.1.2.3"])
def test_a_network_is_not_made_again_for_an_address_that_nobody_has(target: str) -> None:
    answer = made(*FAR, "docker network create --subnet 172.28.0.0/16 app").why("host", target)
    assert not answer
    assert not any("network rm" in line for line in commands(answer))


def test_a_network_is_not_made_again_whose_options_cannot_be_told() -> None:
    told = "docker network create --config-only --subnet 172.28.0.0/16 plan"
    answer = made(*FAR, told, "docker network create --config-from plan app").why("host", "172.28.5.5")
    assert answer.remedies
    assert not any("network rm" in line for line in commands(answer))


def test_a_macvlan_network_keeps_the_subnet_of_its_card() -> None:
    lab = made(
        "docker network create -d macvlan --subnet 192.168.56.0/24 -o parent=eth0 pub",
        "docker run -d --name web --network pub --ip 192.168.56.30 alpine sleep infinity",
    )
    assert not any("network rm" in line for line in commands(lab.why("web", "192.168.56.10:5000")))


def test_the_default_bridge_is_not_made_again() -> None:
    answer = made("ip -n lan link set lo up", "ip -n lan address add 172.17.5.5/32 dev lo").why("host", "172.17.5.5")
    assert answer.remedies
    assert not any("docker network" in line for line in commands(answer))


# --- IPv6 ------------------------------------------------------------------------------------------------------------

SIX = (
    "ip -6 address add fd00:56::10/64 dev eth0 nodad",
    "ip -n lan -6 address add fd00:56::20/64 dev eth0 nodad",
    "ip -6 route add default via fd00:56::20",
)


def test_a_container_without_ipv6_is_connected_to_a_network_that_has_it() -> None:
    answer = made(*SIX, "docker run -d --name web alpine sleep infinity").why("web", "fd00:56::20")
    assert answer.remedies[0].commands == ("docker network create --ipv6 ipv6", "docker network connect ipv6 web")


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        (("docker network create --ipv6 six", "docker run -d --name web --network six alpine sleep infinity",
          "ip6tables -I DOCKER-USER -j DROP"), "fd00:56::20"),
        (("docker run -d --name web --network host alpine sleep infinity", "ip -6 route del default"), "fd00:99::1"),
        (("docker run -d --name web alpine sleep infinity", "iptables -I DOCKER-USER -j DROP"), "192.168.56.20"),
    ],
    ids=["it has IPv6", "it has the host's network", "it asks by IPv4"],
)  # fmt: skip
def test_no_network_with_ipv6_is_made_where_ipv6_is_not_the_matter(lines: tuple[str, ...], target: str) -> None:
    answer = made(*SIX, *lines).why("web", target)
    assert not answer
    assert not any(IPV6 in line for line in commands(answer))


# --- sizes -----------------------------------------------------------------------------------------------------------

NARROW = ("ip link set eth0 mtu 1400", "iptables -A OUTPUT -p icmp -j DROP")


def test_a_network_gets_the_mtu_of_the_uplink_and_a_router_clamps_the_mss() -> None:
    lab = made(
        *NARROW,
        "docker network create --subnet 172.30.0.0/24 app",
        "docker run -d --name web --network app alpine sleep infinity",
    )
    found = commands(lab.why("web", "lan:443", "size=5000"))
    assert any(CLAMP in line for line in found)
    create = "docker network create --subnet 172.30.0.0/24 --opt com.docker.network.driver.mtu=1400 app"
    assert create in found


def test_a_container_moves_off_the_default_bridge_for_another_mtu() -> None:
    found = commands(made(*NARROW, "docker run -d --name web alpine sleep infinity").why("web", "lan:443", "size=5000"))
    assert found[-3:] == [
        "docker network create --opt com.docker.network.driver.mtu=1400 mtu1400",
        "docker network connect mtu1400 web",
        "docker network disconnect bridge web",
    ]


def test_the_mss_is_not_clamped_for_what_is_no_tcp() -> None:
    lab = made(*NARROW, "docker run -d --name web alpine sleep infinity")
    answer = lab.why("web", "lan", "icmp", "size=1472", "df")
    assert answer.reason == "PKT_TOO_BIG"
    assert not any(CLAMP in line or "set eth0 mtu 1400" in line for line in commands(answer))


def test_no_mtu_is_changed_where_packets_are_dropped_for_another_reason() -> None:
    answer = made("docker run -d --name web alpine sleep infinity", "iptables -I DOCKER-USER -j DROP").why(
        "web", "lan:443", "size=5000"
    )
    assert answer.remedies
    assert not any(MTU in line or CLAMP in line for line in commands(answer))


TUNNEL = (
    "ip netns add red", "ip netns add blue", "ip link add eth0 netns red type veth peer name eth0 netns blue",
    "ip -n red address add 10.0.0.2/24 dev eth0", "ip -n blue address add 10.0.0.3/24 dev eth0",
    "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
    "ip -n red link add vx0 type vxlan id 7 remote 10.0.0.3 local 10.0.0.2 dstport 4789 df set",
    "ip -n blue link add vx0 type vxlan id 7 remote 10.0.0.2 local 10.0.0.3 dstport 4789 df set",
    "ip -n red address add 172.16.7.2/24 dev vx0", "ip -n blue address add 172.16.7.3/24 dev vx0",
)  # fmt: skip


def test_what_is_below_a_tunnel_takes_its_header_as_well() -> None:
    lab = made_by(*TUNNEL, "ip -n red link set vx0 mtu 1500 up", "ip -n blue link set vx0 mtu 1500 up")
    assert lab.why("red", "172.16.7.3", "size=1472", "df").remedies[0].commands == (
        "ip -n red link set eth0 mtu 1550",
        "ip -n blue link set eth0 mtu 1550",
        "ip -n red route flush cache",
    )


def test_nothing_below_a_tunnel_is_changed_where_the_tunnel_itself_is_narrower() -> None:
    lab = made_by(*TUNNEL, "ip -n red link set vx0 mtu 1400 up", "ip -n blue link set vx0 mtu 1400 up")
    answer = lab.why("red", "172.16.7.3", "size=1400", "df")
    assert answer.reason == "PKT_TOO_BIG"
    assert not any("set eth0 mtu" in line and "1478" in line for line in commands(answer))


# --- the host's network ----------------------------------------------------------------------------------------------


def test_a_container_leaves_the_host_network_for_names_or_asks_by_a_published_port() -> None:
    lab = made_by(
        "docker network create app",
        "docker run -d --name db --network app -e POSTGRES_PASSWORD=secret postgres",
        "docker run -d --name web --network host -e MODE=test alpine sleep infinity",
    )
    answer = lab.why("web", "name:db:5432")
    assert answer.remedies[0].commands == (
        "docker rm -f web",
        "docker run -d --name web --network app -e MODE=test alpine sleep infinity",
    )
    assert (
        "docker run -d --name db --network app -e POSTGRES_PASSWORD=secret -p 127.0.0.1:5432:5432 postgres"
        in answer.remedies[1].commands
    )
    assert [each.question.target.name for each in answer.hints] == ["172.18.0.2"]


def test_who_asks_for_a_container_of_the_host_network_gets_a_name_for_the_host() -> None:
    lab = made(
        "docker run -d --name web --network host nginx",
        "docker run -d --name client --add-host db:10.0.0.9 alpine sleep infinity",
    )
    answer = lab.why("client", "name:web:80")
    assert answer.remedies[0].commands[1] == (
        "docker run -d --name client --add-host db:10.0.0.9 --add-host web:host-gateway alpine sleep infinity"
    )
    assert [str(each.question.target) for each in answer.hints] == ["host"]


@pytest.mark.parametrize("network", ["app", "bridge"])
def test_no_name_for_the_host_where_the_container_is_on_a_network(network: str) -> None:
    lab = made(
        "docker network create app",
        f"docker run -d --name web --network {network} nginx",
        "docker run -d --name client alpine sleep infinity",
    )
    answer = lab.why("client", "name:web:80")
    assert answer.remedies
    assert not any(NAME_OF_HOST in line for line in commands(answer))


def test_localhost_of_a_container_is_no_name_for_another_container() -> None:
    lab = made("docker run -d --name web -p 8080:80 nginx", "docker run -d --name client alpine sleep infinity")
    assert any(NAME_OF_HOST in line for line in commands(lab.why("client", "127.0.0.1:5000")))
    assert not any(NAME_OF_HOST in line for line in commands(lab.why("client", "127.0.0.1:80")))


def test_the_second_server_on_the_host_network_gets_a_network_or_the_first_one_stops() -> None:
    lab = made_by(*(f"docker run -d --name {name} --network host nginx" for name in ("one", "two")))
    lab.sleep(1)
    found = [remedy.commands for remedy in lab.why("host", "two:80").remedies]
    assert found == [
        ("docker rm -f two", "docker run -d --name two -p 8080:80 nginx"),
        ("docker stop one", "docker start two"),
    ]


def test_nobody_stops_for_a_container_that_ended_by_itself() -> None:
    lab = made("docker run -d --name one --network host nginx", "docker run -d --name two --network host alpine true")
    assert not any("docker stop" in line or "-p " in line for line in commands(lab.why("host", "two:80")))


def test_a_joined_container_is_connected_by_the_one_that_it_joined() -> None:
    lab = made(
        "docker network create app",
        "docker run -d --name db --network app -e POSTGRES_PASSWORD=secret postgres",
        "docker run -d --name vpn alpine sleep infinity",
        "docker run -d --name web --network container:vpn alpine sleep infinity",
    )
    assert lab.why("web", "db:5432").remedies[0].commands == ("docker network connect app vpn",)


# --- names, links, servers -------------------------------------------------------------------------------------------


def test_a_name_of_a_link_is_given_on_a_network_or_by_a_link() -> None:
    lab = made(
        "docker run -d --name web nginx",
        "docker run -d --name one --link web:www alpine sleep infinity",
        "docker run -d --name two alpine sleep infinity",
    )
    first, second = lab.why("two", "name:www:80").remedies
    assert first.commands == (
        "docker network create shared",
        "docker network connect --alias www shared web",
        "docker network connect shared two",
    )
    assert second.commands[1] == "docker run -d --name two --link web:www alpine sleep infinity"


def test_an_alias_is_given_on_the_network_that_both_are_on() -> None:
    lab = made(
        "docker network create a",
        "docker network create b",
        "docker run -d --name web --network b --network-alias www nginx",
        "docker network connect a web",
        "docker run -d --name client --network a alpine sleep infinity",
    )
    assert commands(lab.why("client", "name:www:80")) == [
        "docker network disconnect a web",
        "docker network connect --alias www a web",
    ]


def test_no_alias_is_given_where_there_is_no_network_in_common() -> None:
    lab = made(
        "docker network create a",
        "docker network create b",
        "docker run -d --name web --network b --network-alias www nginx",
        "docker run -d --name client --network a alpine sleep infinity",
    )
    assert commands(lab.why("client", "name:www:80")) == ["docker network connect b client"]


def test_who_has_a_name_with_others_is_asked_by_its_own() -> None:
    run = "docker run -d --network app"
    lab = made(
        "docker network create app",
        f"{run} --name one --network-alias db -e POSTGRES_PASSWORD=secret postgres",
        f"{run} --name two --network-alias db -e POSTGRES_PASSWORD=secret postgres",
        f"{run} --name web nettools",
    )
    assert {str(each.question.target) for each in lab.why("web", "name:db:5432").hints} == {"name:one", "name:two"}
    assert lab.run("docker rm -f two")
    assert lab.why("web", "name:db:5432").hints == ()


def test_a_link_to_a_container_that_was_made_anew_is_made_anew() -> None:
    lab = made(
        "docker run -d --name db -e POSTGRES_PASSWORD=secret postgres",
        "docker run -d --name web --link db -e MODE=test nginx",
        "docker rm -f db",
        "docker run -d --name other alpine sleep infinity",
        "docker run -d --name db -e POSTGRES_PASSWORD=secret postgres",
    )
    answer = lab.why("web", "name:db:5432")
    assert answer.remedies[0].commands == (
        "docker rm -f web",
        "docker run -d --name web --link db:db -e MODE=test nginx",
    )


def test_no_link_is_made_where_the_line_of_etc_hosts_is_the_container_s_address() -> None:
    lab = made("docker run -d --name db alpine sleep infinity", "docker run -d --name web --link db nginx")
    answer = lab.why("web", "name:db:5432")
    assert answer.reason == "NO_SOCKET"
    assert not any(LINK in line for line in commands(answer))


DNS = "ip netns exec lan dnsmasq -k -u root -R -h --address=/example.org/192.168.56.20 &"


def test_a_container_asks_a_server_that_answers() -> None:
    lab = made(DNS, "docker run -d --name web --dns 10.9.9.9 --restart always alpine sleep infinity")
    answer = lab.why("web", "name:www.example.org:443")
    assert "docker run -d --name web --dns 192.168.56.20 --restart always alpine sleep infinity" in commands(answer)


def test_daemon_json_keeps_what_it_says_besides() -> None:
    lab = made(
        DNS,
        "mkdir -p /etc/docker",
        """echo '{"dns": ["10.9.9.9"], "icc": false}' > /etc/docker/daemon.json""",
        "systemctl restart docker",
        "docker run -d --name web alpine sleep infinity",
        "docker run -d --name db -e POSTGRES_PASSWORD=secret postgres",
    )
    remedies = lab.why("web", "name:www.example.org:443").remedies
    assert remedies[0].commands[1] == "docker run -d --name web --dns 192.168.56.20 alpine sleep infinity"
    (line,) = (line for line in remedies[1].commands if line.startswith("echo "))
    assert json.loads(line.split("'")[1]) == {"dns": ["192.168.56.20"], "icc": False}
    assert remedies[1].commands[-2:] == ("systemctl restart docker", "docker start web db")


def test_a_daemon_json_that_cannot_be_read_is_not_written_anew() -> None:
    lab = made(
        DNS,
        "docker run -d --name web alpine sleep infinity",
        "mkdir -p /etc/docker",
        "echo '{' > /etc/docker/daemon.json",
    )
    answer = lab.why("web", "name:www.example.org:443")
    assert answer.remedies
    assert not any("daemon.json" in line for line in commands(answer))


@pytest.mark.parametrize("name", ["www.elsewhere.net", "db"])
def test_no_server_is_named_that_does_not_know_it_either(name: str) -> None:
    lab = made(DNS, "docker run -d --name web alpine sleep infinity", "docker create --name db postgres")
    answer = lab.why("web", f"name:{name}:443")
    assert not any(SERVER in line or "daemon.json" in line for line in commands(answer))


# --- macvlan, ipvlan -------------------------------------------------------------------------------------------------


def test_the_host_gets_a_device_upon_the_card_for_a_container_that_asks_it() -> None:
    lab = made(
        "docker network create -d macvlan --subnet 192.168.56.0/24 -o parent=eth0 pub",
        "docker run -d --name web --network pub --ip 192.168.56.30 alpine sleep infinity",
    )
    assert lab.why("web", "192.168.56.10:5000").remedies[0].commands == (
        "ip link add shim0 link eth0 type macvlan mode bridge",
        "ip address add 192.168.56.253/32 dev shim0",
        "ip link set shim0 up",
        "ip route replace 192.168.56.30/32 dev shim0",
    )


def test_no_device_upon_the_card_for_what_nobody_listens_to() -> None:
    lab = made(
        "docker network create -d macvlan --subnet 192.168.56.0/24 -o parent=eth0 pub",
        "docker run -d --name web --network pub --ip 192.168.56.30 alpine sleep infinity",
    )
    assert not any("shim0" in line for line in commands(lab.why("web", "lan:5001")))


@pytest.mark.parametrize(("driver", "known"), [("ipvlan -o parent=eth0 -o ipvlan_mode=l3", True), ("bridge", False)])
def test_others_get_a_route_to_a_network_that_is_routed_and_not_to_one_that_is_translated(
    driver: str, known: bool
) -> None:
    lab = made(
        f"docker network create -d {driver} --subnet 10.90.0.0/24 app",
        "docker run -d --name web --network app alpine sleep infinity",
        "iptables -t nat -F POSTROUTING",
    )
    answer = lab.why("web", "lan")
    assert not answer
    assert (commands(answer) == ["ip -n lan route add 10.90.0.0/24 via 192.168.56.10"]) is known
    assert known or not any("-n lan route" in line for line in commands(answer))


def test_the_setting_without_which_a_database_does_not_start_is_proposed() -> None:
    lab = made_by(
        "docker network create app",
        "docker run -d --name db --network app -e POSTGRES_DB=shop postgres:16",
        "docker run -d --name web --network app nginx",
    )
    answer = lab.why("web", "db:5432")
    assert answer.remedies[0].commands == (
        "docker rm -f db",
        "docker run -d --name db --network app -e POSTGRES_DB=shop -e POSTGRES_PASSWORD=secret postgres:16",
    )
    assert "(it said: Error: Database is uninitialized" in answer.diagnosis.sentence


# --- servers at loopback ----------------------------------------------------------------------------------------------


def test_a_server_that_listens_at_loopback_is_told_to_listen_everywhere_by_its_own_command() -> None:
    lab = made(
        "docker network create shop",
        "docker run -d --name web --network shop nettools",
        "docker run -d --name api --network shop acme/api uvicorn main:app",
        "docker run -d --name cache --network shop redis redis-server --bind 127.0.0.1",
    )
    ends = {
        "api:8000": "acme/api uvicorn main:app --host 0.0.0.0",
        "cache:6379": "redis redis-server --bind 0.0.0.0",
    }
    for target, end in ends.items():
        answer = lab.why("web", target)
        assert "listens on tcp 127.0.0.1" in answer.sentence, target
        assert any(line.endswith(end) for line in commands(answer)), (target, commands(answer))


# --- containers that ended -------------------------------------------------------------------------------------------


def test_who_joined_a_network_joins_the_present_one_and_who_publishes_a_port_is_started() -> None:
    lab = made(
        "docker run -d --name vpn -p 8080:80 alpine sleep infinity",
        "docker run -d --name app --network container:vpn nginx",
        "docker restart -t 0 vpn",
    )
    answer = lab.why("lan", "host:8080")
    assert "app listens on it, in the network that vpn had before it was started again" in answer.sentence
    assert answer.remedies[0].commands == ("docker restart app",)
    assert lab.run("docker restart -t 0 app")
    assert lab.why("lan", "host:8080").arrives
    lab.run("docker stop -t 0 vpn")
    answer = lab.why("lan", "host:8080")
    assert "vpn is to be published there, and is exited" in answer.sentence
    assert answer.remedies[0].commands == ("docker start vpn", "docker restart app")
    assert "it has the network that vpn had before it ended" in lab.why("host", "app:80").sentence
    assert not any("docker start" in line for line in commands(lab.why("lan", "host:8081")))


def test_a_port_is_published_on_all_addresses_by_name_where_the_network_has_one_of_its_own() -> None:
    lab = made(
        "docker network create -o com.docker.network.bridge.host_binding_ipv4=127.0.0.1 app",
        "docker run -d --name web --network app -p 8080:80 nginx",
        "docker run -d --name named --network app -p 127.0.0.1:8081:80 nginx",
        "docker run -d --name off --network app -p 8082:80 nginx",
        "docker network disconnect app off",
    )
    answer = lab.why("lan", "host:8080")
    assert "on which web is published if -p names no address" in answer.sentence
    assert commands(answer)[1] == "docker run -d --name web --network app -p 0.0.0.0:8080:80 nginx"
    assert "if -p names no address" not in lab.why("lan", "host:8081", change=False).sentence
    assert "off is to be published there, and is on no network" in lab.why("lan", "host:8082", change=False).sentence
