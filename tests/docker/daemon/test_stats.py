"""What a container uses: packets and processes; one that does not run uses nothing."""

from __future__ import annotations

from vnetsim import Lab


def test_processes_are_those_of_the_container() -> None:
    lab = Lab()
    lab.run("docker run -d --name box -m 32m debian sh -c 'sleep 9 & sleep 9; true'; docker create --name made debian")
    used = lab.docker.container_usage("box")
    assert (used["pids"], used["limit"], list(used["networks"])) == (3, 32 << 20, ["eth0"])
    assert lab.docker.container_usage("made") == {}


def test_packets_of_a_shared_namespace_are_shown_but_not_the_hosts() -> None:
    lab = Lab()
    lab.run("docker run -d --name aa nginx; docker run -d --name bb --network container:aa alpine sleep 9")
    lab.run("docker run -d --name hh --network host nginx")
    networks = [lab.docker.container_usage(name)["networks"] for name in ("aa", "bb", "hh")]
    assert networks[0] == networks[1] != {}
    assert networks[2] == {}
