"""ipvlan networks: the engine's driver over the kernel's device.  From moby's source; no recording stands behind it."""

from __future__ import annotations

import pytest

from vnetsim import Lab


def _lab(*lines: str) -> Lab:
    lab = Lab.docker_host()
    for line in lines:
        assert lab.run(line), line
    return lab


def _routes(lab: Lab, container: str) -> list[str]:
    return [line.strip() for line in lab.run(f"docker exec {container} ip route").stdout.splitlines()]


def _reaches(lab: Lab, container: str, target: str) -> bool:
    return bool(lab.run(f"docker exec {container} ping -c 1 -W 1 {target}"))


def test_layer_2_containers_are_stations_of_the_parents_network() -> None:
    lab = _lab(
        "docker network create -d ipvlan -o parent=eth0 --subnet 192.168.56.0/24 --gateway 192.168.56.20 "
        "--ip-range 192.168.56.64/26 l2",
        "docker run -d --name web --network l2 nginx",
        "docker run -d --name db --network l2 nettools sleep infinity",
    )
    assert _routes(lab, "db")[0] == "default via 192.168.56.20 dev eth0"
    assert "Welcome to nginx!" in lab.run("ip netns exec lan curl -s http://192.168.56.64/").stdout
    assert _reaches(lab, "db", "web")
    assert not _reaches(lab, "db", "192.168.56.10"), "a host and the children of its device do not meet"
    macs = {lab.run(f"docker exec {name} cat /sys/class/net/eth0/address").stdout for name in ("web", "db")}
    assert macs == {lab.run("cat /sys/class/net/eth0/address").stdout}


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_layer_3_containers_are_routed_by_the_host_and_have_no_gateway(mode: str) -> None:
    lab = _lab(
        f"docker network create -d ipvlan -o parent=eth0 -o ipvlan_mode={mode} --subnet 10.40.0.0/24 "
        "--subnet 10.41.0.0/24 l3",
        "docker run -d --name web --network l3 --ip 10.40.0.5 nginx",
        "docker run -d --name db --network l3 --ip 10.41.0.6 nettools sleep infinity",
    )
    assert _routes(lab, "db") == [
        "default dev eth0 scope link",
        "10.41.0.0/24 dev eth0 proto kernel scope link src 10.41.0.6",
    ]
    assert _reaches(lab, "db", "web")
    assert not _reaches(lab, "db", "192.168.56.20"), "nobody outside knows the way back"
    lab.run("ip netns exec lan ip route add 10.40.0.0/15 via 192.168.56.10")
    assert _reaches(lab, "db", "192.168.56.20")
    assert lab.docker.container_inspect("db")["NetworkSettings"]["Networks"]["l3"]["Gateway"] == ""


def test_an_internal_network_has_a_device_of_its_own_and_no_way_out() -> None:
    lab = _lab(
        "docker network create -d ipvlan --internal --subnet 10.60.0.0/24 inner",
        "docker run -d --name web --network inner nginx",
        "docker run -d --name db --network inner nettools sleep infinity",
    )
    assert _routes(lab, "db") == ["10.60.0.0/24 dev eth0 proto kernel scope link src 10.60.0.2"]
    assert _reaches(lab, "db", "web")
    assert lab.run("ip -br link show type dummy").stdout.startswith("di-")
    assert lab.run("docker rm -f web db && docker network rm inner && ip -br link show type dummy").stdout == (
        "web\ndb\ninner\n"
    )


def test_a_subinterface_is_made_and_taken_away() -> None:
    lab = _lab("docker network create -d ipvlan -o parent=eth0.10 --subnet 10.50.0.0/24 tagged")
    assert "vlan protocol 802.1Q id 10" in lab.run("ip -d link show eth0.10").stdout
    assert lab.run("docker network rm tagged")
    assert not lab.run("ip link show eth0.10")


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ("-o parent=eth0", "network di-{} is already using parent interface eth0"),
        ("-o parent=lo", "loopback interface is not a valid ipvlan parent link"),
        (
            "-o parent=eth0.7 -o ipvlan_mode=l4",
            "requested ipvlan mode 'l4' is not valid, 'l2' mode is the ipvlan driver default",
        ),
        ("-o parent=eth9.7", "-o parent interface was not found on the host: eth9"),
        ("-o parent=eth9", "invalid subinterface vlan name eth9, example formatting is eth0.10"),
    ],
)
def test_what_is_refused(options: str, refusal: str) -> None:
    lab = _lab("docker network create -d ipvlan -o parent=eth0 --subnet 10.40.0.0/24 first")
    identity = lab.docker.network_inspect("first")["Id"][:12]
    answer = lab.run(f"docker network create -d ipvlan {options} second")
    assert answer.stderr == f"Error response from daemon: {refusal.format(identity)}\n"


def test_networks_and_addresses_outlive_the_engine_and_the_machine() -> None:
    lab = _lab(
        "docker network create -d ipvlan -o parent=eth0.10 -o ipvlan_mode=l3 --subnet 10.50.0.0/24 tagged",
        "docker run -d --name web --restart always --network tagged nettools sleep infinity",
    )
    for restart in ("systemctl restart docker", "reboot"):
        lab.run(restart)
        assert _routes(lab, "web")[0] == "default dev eth0 scope link"
    assert lab.run("docker rm -f web && docker network rm tagged")
    assert not lab.run("ip link show eth0.10")
