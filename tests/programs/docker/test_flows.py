"""What commands do over time, with people at the keyboard, without an engine, and with what is not modelled."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.programs.docker.canned import CannedEngine
from tests.programs.docker.client import Client
from vnetsim.process import Interrupted

NOW = 1_800_000_000
SECOND = 1_000_000_000


def client(**given: Any) -> tuple[CannedEngine, Client]:
    engine = CannedEngine(NOW)
    return engine, Client(engine, NOW, **given)


# --- no engine -------------------------------------------------------------------------------------------------------

UNREACHABLE = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"


@pytest.mark.parametrize(
    "words", ["ps", "network ls", "stop web", "exec web ls", "images", "port web", "create alpine", "network create x"]
)
def test_without_an_engine_commands_say_so(words: str) -> None:
    ended = Client(None, NOW).run(*words.split())
    assert (ended.status, ended.out, ended.err) == (1, "", UNREACHABLE)


def test_run_without_an_engine_ends_as_run_ends() -> None:
    ended = Client(None, NOW).run("run", "alpine")
    assert ended.status == 125
    assert ended.err == f"docker: {UNREACHABLE}\nRun 'docker run --help' for more information\n"


def test_flags_are_checked_before_the_engine_is_asked() -> None:
    ended = Client(None, NOW).run("run", "-p", "70000", "alpine")
    assert ended.err.startswith("docker: invalid containerPort: 70000\n")


def test_the_environment_may_name_another_engine() -> None:
    ended = Client(None, NOW, environment={"DOCKER_HOST": "unix:///run/other.sock"}).run("ps")
    assert "unix:///run/other.sock" in ended.err


# --- time ------------------------------------------------------------------------------------------------------------


def test_the_client_takes_its_time_to_start() -> None:
    _, real = client()
    assert 5_000_000 <= real.run("ps").elapsed <= 15_000_000


def test_events_without_since_are_those_to_come() -> None:
    engine, watching = client()
    message = {"Type": "network", "Action": "create", "Actor": {"ID": "n1", "Attributes": {"name": "x"}}}
    told: list[dict[str, Any]] = []

    def happen(now: int) -> None:
        if not told and now > (NOW + 1) * SECOND:
            told.append({**message, "timeNano": now})
            engine.happened(told[0])

    watching.at = happen
    ended = watching.run("events", "--until", str(NOW + 2))
    assert ended.out.endswith(" network create n1 (name=x)\n")
    assert ended.out.count("\n") == len(engine.system_events())
    assert ended.elapsed >= 2 * SECOND


def test_followed_logs_end_with_the_container() -> None:
    engine, following = client()

    def happen(now: int) -> None:
        if now > NOW * SECOND + SECOND and engine.extra_log == []:
            engine.extra_log.append(("stdout", "three\n"))
        if now > NOW * SECOND + 2 * SECOND:
            engine.stopped.add("web")

    following.at = happen
    ended = following.run("logs", "-f", "-n", "1", "web")
    assert ended.out == "two\nthree\n"
    assert ended.err == ""


@pytest.mark.parametrize(
    ("tail", "out", "err"),
    [
        ("0", "", ""),
        ("1", "two\n", ""),
        ("2", "two\n", "oops\n"),
        ("all", "one\ntwo\n", "oops\n"),
        ("-1", "one\ntwo\n", "oops\n"),
    ],
)
def test_the_last_lines_of_a_log(tail: str, out: str, err: str) -> None:
    _, reading = client()
    ended = reading.run("logs", "--tail", tail, "web")
    assert (ended.out, ended.err) == (out, err)


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["run -it alpine sh", "exec -it web sh", "run --rm -ti alpine"])
def test_a_terminal_is_needed_for_it(words: str) -> None:
    engine, typing = client()
    assert typing.run(*words.split()).err == "the input device is not a TTY\n"
    assert engine.log == []
    typing.terminal = True
    assert typing.run(*words.split()).status == 0
    assert engine.log


@pytest.mark.parametrize("words", ["run alpine echo hi", "start -a web", "attach web"])
def test_ctrl_c_is_passed_on_to_the_container(words: str) -> None:
    class Busy(CannedEngine):
        """Its containers end when they are told to."""

        def container_wait(self, container: str, condition: str = "not-running") -> Generator[Any, Any, Any]:
            self.log.append(["container_wait", condition])
            del container
            if not any(entry[0] == "container_kill" for entry in self.log):
                raise Interrupted
            yield from ()
            return {"StatusCode": 130}

    engine = Busy(NOW)
    assert Client(engine, NOW).run(*words.split()).status == 130
    assert [entry[2] for entry in engine.log if entry[0] == "container_kill"] == ["INT"]
    assert engine.log[-1] == ["container_wait", "not-running"]


def test_without_sig_proxy_ctrl_c_is_ours() -> None:
    class Busy(CannedEngine):
        def container_wait(self, container: str, condition: str = "not-running") -> Generator[Any, Any, Any]:
            del container, condition
            yield from ()
            raise Interrupted

    with pytest.raises(Interrupted):
        Client(Busy(NOW), NOW).run("run", "--sig-proxy=false", "alpine")


def test_an_answer_of_n_removes_nothing() -> None:
    engine, asked = client(stdin="n\n")
    ended = asked.run("network", "prune")
    assert (ended.status, engine.log) == (0, [])
    asked.stdin = "y\n"
    assert asked.run("network", "prune").out.endswith("Deleted Networks:\nfront\nback\n\n")


def test_the_id_is_written_to_the_file_that_is_asked_for() -> None:
    _, creating = client()
    ended = creating.run("run", "-d", "--cidfile", "/tmp/id", "alpine")
    assert creating.files["/tmp/id"] == ended.out.strip()
    again = creating.run("run", "-d", "--cidfile", "/tmp/id", "alpine")
    assert again.status == 1
    assert again.err == ("container ID file found, make sure the other container isn't running or delete /tmp/id\n")


def test_an_unreachable_engine_is_not_a_missing_image() -> None:
    ended = client()[1].run("-H", "unix:///nowhere.sock", "run", "alpine")
    assert ended.status == 125
    assert "Unable to find image" not in ended.err


# --- what is not modelled ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("push x", "docker push"),
        ("swarm init", "docker swarm"),
        ("images --tree", "docker images --tree"),
        ("logs -t web", "docker logs --timestamps"),
        ("update --cpu-rt-period 5 web", "docker update --cpu-rt-period"),
        ("-H tcp://1.2.3.4 ps", "an engine at tcp://1.2.3.4"),
        ("run --security-opt seccomp=/x alpine", "--security-opt seccomp=/x"),
    ],
)
def test_what_is_not_modelled_says_so(words: str, what: str) -> None:
    engine, real = client()
    ended = real.run(*words.split())
    assert ended.status == 1
    assert ended.err == f"vnetsim: not modelled: {what}\n"
    assert not any(entry[0].startswith("container_") for entry in engine.log)
