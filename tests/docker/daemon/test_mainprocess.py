"""Which main processes keep a container running: as recorded on Engine 28.5.2, or refused loudly.

The recordings main_terminal, main_sleep and main_servers hold the states, exit codes and logs; here are the rules
behind them, and what vnetsim does not have: a container that would look dead or alive without being it is refused.
"""

from __future__ import annotations

import pytest

from vnetsim import Lab


def state(lab: Lab, name: str = "box") -> str:
    return lab.run(f"docker inspect -f '{{{{.State.Status}}}} {{{{.State.ExitCode}}}}' {name}").stdout.strip()


@pytest.mark.parametrize(
    "words",
    [
        "-dit alpine",
        "-dt busybox",
        "-di debian",
        "-dit alpine sh",
        "-dt alpine sh",
        "-di alpine sh",
        "-dit debian bash",
        "-di alpine cat",
        "-dt alpine cat",
        "-dt alpine top",
        "-d alpine top",
        "-d alpine top -b",
        "-dit alpine sh -c 'read line'",
        "-d alpine tail -f /dev/null",
        "-d alpine tail -F /dev/null",
        "-d alpine tail -f",
        "-d alpine busybox tail -f /dev/null",
        "-d alpine sleep infinity",
        "-d alpine sh -c 'tail -f /dev/null & wait'",
        '-d debian bash -c "while true; do sleep 1; done"',
        "-d alpine nc -lk -p 80",
        "-di alpine nc -l -p 80",
        "-d --entrypoint tail alpine -f /dev/null",
    ],
)
def test_keeps_running(words: str) -> None:
    lab = Lab(docker=True)
    assert lab.run(f"docker run --name box {words}")
    lab.sleep(60)
    assert state(lab) == "running 0"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("alpine sh", 0),
        ("debian bash", 0),
        ("alpine", 0),
        ("busybox", 0),
        ("debian", 0),
        ("ubuntu:24.04", 0),
        ("alpine cat", 0),
        ("ubuntu top", 1),
        ("alpine sh -c 'read line'", 1),
        ("alpine tail /dev/null", 0),
        ("alpine tail -f /nowhere", 1),
        ("alpine sleep 1", 0),
        ("alpine sh -c 'nosuchprogram'", 127),
    ],
)
def test_ends_by_itself(words: str, code: int) -> None:
    lab = Lab(docker=True)
    assert lab.run(f"docker run -d --name box {words}")
    lab.sleep(2)
    assert state(lab) == f"exited {code}"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("alpine nosuchprogram", 127, 'exec: "nosuchprogram": executable file not found in $PATH'),
        ("alpine 'sleep infinity'", 127, 'exec: "sleep infinity": executable file not found in $PATH'),
        ("alpine /nosuch/sleep 5", 127, 'exec: "/nosuch/sleep": stat /nosuch/sleep: no such file or directory'),
        ("alpine /etc", 126, 'exec: "/etc": is a directory: permission denied'),
        ("alpine /etc/hosts", 126, 'exec: "/etc/hosts": permission denied'),
        ("--entrypoint '' alpine", 125, "no command specified"),
    ],
)
def test_what_cannot_be_started_is_refused_as_the_engine_refuses_it(words: str, code: int, sentence: str) -> None:
    lab = Lab(docker=True)
    refused = lab.run(f"docker run -d --name box {words}")
    assert (refused.exit_code, sentence in refused.stderr) == (code, True)


@pytest.mark.parametrize(
    ("words", "gap"),
    [
        ("-d alpine inotifyd ls", "the program inotifyd"),
        ("-dt alpine inotifyd ls", "the program inotifyd"),
        ("-d alpine sh -c 'inotifyd ls'", "the program inotifyd"),
        ("-d alpine sh -c 'inotifyd ls 2>/dev/null; sleep infinity'", "the program inotifyd"),
        ("-d alpine sh -i", "sh -i"),
        ("-d alpine top -n 1", "top -n 1"),
        ("-d nettools tc monitor", "tc monitor"),
        ("-d alpine sh -c 'trap : CHLD; sleep infinity & wait'", "the shell's trap for CHLD"),
        ("-d alpine cat /dev/zero", "reading /dev/zero"),
        ("-d alpine tail --follow=name /etc/hosts", "tail --follow=name"),
        ("-d alpine busybox tail -f /etc/hosts", "busybox tail"),
    ],
)
def test_a_main_process_that_is_not_modelled_is_refused_by_docker_run(words: str, gap: str) -> None:
    lab = Lab(docker=True)
    refused = lab.run(f"docker run --name box {words}")
    assert refused.exit_code != 0
    assert f"vnetsim: not modelled: {gap}" in refused.stderr
    again = lab.run("docker start box")
    assert again.exit_code != 0 or state(lab).startswith("running"), "a second try is refused as well"


def test_a_detached_exec_that_is_not_modelled_is_refused() -> None:
    lab = Lab(docker=True)
    assert lab.run("docker run -d --name box nettools")
    refused = lab.run("docker exec -d box tc monitor")
    assert refused.exit_code != 0
    assert "vnetsim: not modelled: tc monitor (exec in box)" in refused.stderr
    assert lab.run("docker exec -d box sleep 5")


def test_a_container_waits_again_after_a_restart() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -dit --name box alpine sh")
    for command in ("docker restart -t 0 box", "docker stop -t 0 box && docker start box"):
        assert lab.run(command)
        lab.sleep(5)
        assert state(lab) == "running 0"
    assert lab.run("docker exec box echo here").stdout == "here\n"


def test_input_for_a_shell_that_runs_already_is_refused_and_none_is_no_input() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -di --name box alpine sh")
    refused = lab.run("echo ls | docker attach box")
    assert "not modelled: docker attach with input for a shell" in refused.stderr
    assert state(lab) == "running 0"


def test_a_client_that_brings_input_is_read() -> None:
    lab = Lab(docker=True)
    assert lab.run("echo 'echo hello' | docker run --rm -i alpine sh").stdout == "hello\n"
    assert lab.run("echo 'echo hello' | docker run --rm alpine sh").stdout == ""


def test_what_top_shows_is_not_modelled_and_says_so() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -dt --name box alpine top")
    assert "vnetsim: not modelled: what top shows" in lab.run("docker logs box").output


def test_with_i_and_t_a_client_types_on_the_terminal_of_the_container() -> None:
    lab = Lab(docker=True)
    assert lab.run("docker run -dit --name box alpine sh; docker run -d --name web nginx")
    lab.sleep(1)
    terminal = lab.docker.container_terminal("box")
    assert terminal is not None
    assert lab.docker.container_terminal("web") is None
    terminal.feed("echo $((6 * 7))\n")
    lab.sleep(1)
    assert lab.run("docker logs box").stdout == "42\n"
    terminal.end()
    lab.sleep(1)
    assert state(lab) == "exited 0"
    assert lab.docker.container_terminal("box") is None


def test_a_client_that_detaches_gets_nothing_more() -> None:
    class Screen:
        def __init__(self) -> None:
            self.text = ""

        def write(self, text: str) -> None:
            self.text += text

        def close(self) -> None:
            """It stays open."""

    lab, one, other = Lab(docker=True), Screen(), Screen()
    assert lab.run("docker run -dit --name box alpine sh")
    terminal = lab.docker.container_terminal("box")
    assert terminal is not None
    for screen in (one, other):
        lab.docker.container_attach("box", None, screen, screen)
    lab.docker.container_detach("box", one, one)
    lab.docker.container_detach("box", one, one)
    terminal.feed("echo here\n")
    lab.sleep(1)
    assert (one.text, other.text) == ("", "here\n")


def test_an_image_whose_command_is_a_shell_waits_at_a_terminal() -> None:
    lab = Lab(docker=True)
    assert lab.run("docker run -dit --name box alpine")
    terminal = lab.docker.container_terminal("box")
    assert terminal is not None
    terminal.feed("exit 4\n")
    lab.sleep(1)
    assert state(lab) == "exited 4"


def test_a_shell_that_only_executes_the_images_server_is_that_server() -> None:
    """The shell executes it in its own place; what stands before it in a script may be its configuration."""
    lab = Lab(docker=True)
    lab.run("docker run -d --name one --init nginx:alpine sh -c 'nginx -g \"daemon off;\"'")
    lab.run("docker run -d --name two nginx:alpine sh -c 'echo x > /etc/nginx/conf.d/x; exec nginx -g \"daemon off;\"'")
    assert "Welcome to nginx!" in lab.run("curl -s $(docker inspect -f '{{.NetworkSettings.IPAddress}}' one)").stdout
    assert "nginx: master process nginx -g daemon off;" in lab.run("docker top one").stdout
    assert "Welcome" not in lab.run("curl -s $(docker inspect -f '{{.NetworkSettings.IPAddress}}' two)").stdout
