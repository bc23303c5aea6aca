"""The life of a container: what it prints, how it ends, and what is left of it."""

from __future__ import annotations

import pytest

from tests.docker.simulated import Simulated
from vnetsim.docker.api.types import Json


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def state(host: Simulated, name: str) -> tuple[str, int]:
    told: Json = host.engine.container_inspect(name)["State"]
    return told["Status"], told["ExitCode"]


# --- running -------------------------------------------------------------------------------------------------------


def test_a_containers_output_is_the_clients(host: Simulated) -> None:
    result = host.lab.run("docker run --rm alpine ip -4 -br addr show eth0")
    assert result.stdout.split() == ["eth0@if4", "UP", "172.17.0.2/16"]
    assert host.engine.container_list(all=True) == []


@pytest.mark.parametrize(("command", "status"), [("true", 0), ("false", 1), ("sh -c 'exit 7'", 7), ("nosuch", 127)])
def test_a_containers_status_is_the_clients(host: Simulated, command: str, status: int) -> None:
    assert host.lab.run(f"docker run --name c1 alpine {command}").exit_code == status
    assert state(host, "c1") == ("exited" if status != 127 else "created", status)


def test_what_was_printed_is_kept(host: Simulated) -> None:
    host.lab.run("docker run --name c1 alpine sh -c 'echo out; echo err >&2'")
    assert host.engine.container_logs("c1") == [("stdout", "out\n"), ("stderr", "err\n")]


def test_a_terminal_has_one_stream(host: Simulated) -> None:
    host.lab.run("docker run -t --name c1 alpine sh -c 'echo err >&2'")
    assert [stream for stream, _ in host.engine.container_logs("c1")] == ["stdout"]


def test_a_stopped_container_gives_back_its_address_and_its_devices(host: Simulated) -> None:
    host.run("one")
    host.run("two")
    before = host.lab.run("ip -br link").stdout
    host.run("three")
    host.do(host.engine.container_stop("three", 0))
    assert host.lab.run("ip -br link").stdout == before
    host.do(host.engine.container_stop("one", 0))
    host.run("four")
    assert host.address("four", "bridge") == "172.17.0.2"
    assert host.address("one", "bridge") == ""


def test_starting_what_runs_and_stopping_what_does_not_changes_nothing(host: Simulated) -> None:
    host.run("c1")
    assert host.script(host.engine.container_start("c1")) == []
    host.do(host.engine.container_stop("c1", 0))
    assert host.script(host.engine.container_stop("c1", 0)) == []


def test_a_restart_keeps_the_container_and_not_its_past(host: Simulated) -> None:
    made = host.run("c1")
    began = host.engine.container_inspect("c1")["State"]["StartedAt"]
    host.do(host.engine.container_restart("c1", 0))
    again = host.engine.container_inspect("c1")
    assert (again["Id"], again["State"]["Status"]) == (made, "running")
    assert again["State"]["StartedAt"] > began


def test_a_start_that_fails_leaves_nothing_behind(host: Simulated) -> None:
    host.run("first", PortBindings={"80/tcp": [{"HostPort": "8080"}]}, PublishAllPorts=False)
    before = host.lab.run("ip -br link; iptables-save -t filter").stdout
    host.do(host.engine.container_create({
        "Image": "nginx", "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}},
        "ExposedPorts": {"80/tcp": {}},
    }, "second"))  # fmt: skip
    host.do(host.engine.container_create({
        "Image": "nginx", "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}},
    }, "third"))  # fmt: skip
    host.do(host.engine.container_start("second"))
    host.do(host.engine.container_stop("second", 0))
    host.do(host.engine.container_start("third"))
    refusal = host.refusal(host.engine.container_start("second"))
    assert refusal.startswith("500 failed to set up container networking: driver failed programming external connect")
    assert refusal.endswith("Bind for 0.0.0.0:8080 failed: port is already allocated")
    assert state(host, "second") == ("exited", 137)
    host.do(host.engine.container_stop("third", 0))
    assert host.lab.run("ip -br link; iptables-save -t filter").stdout.replace("#", "") == before.replace("#", "")


# --- stopping ------------------------------------------------------------------------------------------------------


def test_the_first_process_ignores_the_stop_signal_until_it_is_killed(host: Simulated) -> None:
    host.run("c1")
    assert host.lab.run("docker stop -t 3 c1").seconds == pytest.approx(3.1, abs=0.1)
    assert state(host, "c1") == ("exited", 137)


def test_an_init_passes_the_signal_on(host: Simulated) -> None:
    host.run("c1", Init=True)
    assert host.lab.run("docker stop c1").seconds < 0.5
    assert state(host, "c1") == ("exited", 143)


def test_what_the_container_started_ends_with_it(host: Simulated) -> None:
    host.run("c1")
    host.lab.run("docker exec -d c1 sleep 1000")
    assert len(host.engine.container_top("c1")["Processes"]) == 2
    host.do(host.engine.container_kill("c1"))
    assert host.lab.run("pgrep -c sleep").stdout == "0\n"


def test_a_paused_container_is_no_place_to_work_in(host: Simulated) -> None:
    made = host.run("c1")
    host.do(host.engine.container_pause("c1"))
    assert state(host, "c1")[0] == "paused"
    assert host.refusal(host.engine.container_pause("c1")) == f"409 Container {made} is already paused"
    assert host.exec("c1", "true").endswith("Container c1 is paused, unpause the container before exec\n")
    assert host.refusal(host.engine.container_delete("c1")) == (
        '409 cannot remove container "c1": container is paused and must be unpaused first'
    )
    host.do(host.engine.container_unpause("c1"))
    assert host.refusal(host.engine.container_unpause("c1")) == f"500 Container {made} is not paused"


# --- waiting -------------------------------------------------------------------------------------------------------


def test_who_waits_is_told_the_status(host: Simulated) -> None:
    made = host.create("c1", AutoRemove=True)
    host.do(host.engine.container_start("c1"))
    child = host.lab.start("docker wait c1")
    host.do(host.engine.container_kill("c1"))
    host.lab.sleep(1)
    assert child.status == 0
    assert host.do(host.engine.container_wait(made)) == {"StatusCode": 137}


def test_the_status_of_what_has_ended_is_known_at_once(host: Simulated) -> None:
    host.lab.run("docker run --name c1 alpine sh -c 'exit 3'")
    assert host.do(host.engine.container_wait("c1")) == {"StatusCode": 3}


# --- executing -----------------------------------------------------------------------------------------------------


def test_a_program_in_a_container_sees_the_containers_world(host: Simulated) -> None:
    host.run("c1")
    assert host.exec("c1", "hostname") == f"{host.engine.container_inspect('c1')['Config']['Hostname']}\n"
    assert host.exec("c1", "cat", "/etc/hostname") == host.exec("c1", "hostname")
    assert "eth0@" in host.exec("c1", "ip", "-br", "link")


def test_what_is_not_there(host: Simulated) -> None:
    host.run("c1")
    made = host.do(host.engine.exec_create("c1", {"Cmd": ["nosuch"]}))
    assert host.do(host.engine.exec_start(made["Id"])) == 127
    assert host.engine.exec_inspect(made["Id"])["ExitCode"] == 127
    assert host.refusal(host.engine.exec_start(made["Id"])) == f"409 exec command {made['Id']} has already run"
    assert host.refusal(host.engine.exec_start("nobody")) == "404 No such exec instance: nobody"
    assert host.refusal(host.engine.exec_create("c1", {"Cmd": []})) == "400 No exec command specified"


def test_an_exec_is_known_while_it_runs(host: Simulated) -> None:
    host.run("c1")
    made = host.do(host.engine.exec_create("c1", {"Cmd": ["sleep", "5"], "Env": ["A=1"], "Tty": True}))
    assert host.do(host.engine.exec_start(made["Id"], detach=True)) is None
    host.lab.sleep(0.1)
    assert host.engine.exec_inspect(made["Id"])["Running"]
    assert host.engine.container_inspect("c1")["ExecIDs"] == [made["Id"]]
    host.lab.sleep(6)
    assert (host.engine.exec_inspect(made["Id"])["ExitCode"], host.engine.container_inspect("c1")["ExecIDs"]) == (
        0,
        None,
    )


def test_capabilities_decide_what_may_be_changed(host: Simulated) -> None:
    host.run("plain")
    host.run("admin", CapAdd=["NET_ADMIN"])
    host.run("naked", CapDrop=["ALL"])
    for name, status in (("plain", 2), ("admin", 0)):
        assert host.lab.run(f"docker exec {name} ip link set eth0 mtu 1400").exit_code == status
    assert host.lab.run("docker exec --privileged plain ip link set eth0 mtu 1400").exit_code == 0


# --- removing ------------------------------------------------------------------------------------------------------


def test_what_runs_is_removed_by_force_only(host: Simulated) -> None:
    host.run("c1")
    words = "container is running: stop the container before removing or force remove"
    assert host.refusal(host.engine.container_delete("c1")) == f'409 cannot remove container "c1": {words}'
    host.do(host.engine.container_delete("c1", force=True))
    assert host.refusal(host.engine.container_delete("c1")) == "404 No such container: c1"


def test_what_does_not_run_is_pruned_newest_first(host: Simulated) -> None:
    ids = [host.create(name) for name in ("one", "two")]
    host.run("three")
    answer = host.do(host.engine.container_prune())
    assert answer == {"ContainersDeleted": ids[::-1], "SpaceReclaimed": 0}
    assert [container["Names"] for container in host.engine.container_list(all=True)] == [["/three"]]


def test_renaming(host: Simulated) -> None:
    made = host.run("one")
    host.create("two")
    host.do(host.engine.container_rename("one", "uno"))
    assert host.engine.container_inspect("uno")["Id"] == made
    assert host.refusal(host.engine.container_rename("uno", "uno")) == (
        "400 Renaming a container with the same name as its current name"
    )
    assert host.refusal(host.engine.container_rename("uno", "two")).startswith(
        '409 Error when allocating new name: Conflict. The container name "/two" is already in use by container'
    )
    assert host.refusal(host.engine.container_rename("uno", "")) == "400 Neither old nor new names may be empty"


# --- signals from inside -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["pkill sleep", "pkill -9 sleep", "kill 1", "kill -9 1", "sh -c 'kill -INT 1'"])
def test_the_first_process_of_a_container_ignores_what_its_own_programs_send(command: str) -> None:
    host = Simulated()
    host.run("base")
    host.run("other")
    assert host.lab.run(f"docker exec base {command}").exit_code == 0
    host.lab.sleep(1)
    assert [host.engine.container_inspect(name)["State"]["Running"] for name in ("base", "other")] == [True, True]


def test_a_container_sees_and_ends_its_own_processes_alone() -> None:
    host = Simulated()
    host.run("base")
    host.run("web", "nginx")
    assert host.exec("base", "pgrep", "-c", "busybox") == "0\n"
    assert host.exec("web", "pgrep", "-c", "busybox") == "1\n"
    assert host.lab.run("docker exec base pkill busybox").exit_code == 1
    assert host.exec("base", "curl", "-s", "http://172.17.0.3/") == "it works\n"
    number = host.lab.run("pgrep -n busybox").stdout.strip()
    assert "No such process" in host.lab.run(f"docker exec base kill {number}").stderr
    assert host.lab.run(f"kill -9 {number}"), "the host sees all"
    host.lab.sleep(1)
    assert host.engine.container_inspect("web")["State"]["ExitCode"] == 137


def test_behind_an_init_the_main_process_is_one_like_others() -> None:
    host = Simulated()
    host.run("base", Init=True)
    host.lab.run("docker exec base pkill sleep")
    host.lab.sleep(1)
    assert host.engine.container_inspect("base")["State"]["ExitCode"] == 143
