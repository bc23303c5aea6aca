"""`exec`, `logs`, `port`."""

from __future__ import annotations

from tests.programs.compose.compose_lab import SHOP, compose, lab_with


def test_a_command_runs_in_a_container_and_its_status_is_ours() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    assert compose(lab, "exec -e X=1 web sh -c 'echo $X'") == (0, "1\n", "")
    assert compose(lab, "exec web false") == (1, "", "")
    assert compose(lab, "exec --index 2 web ls")[2] == 'service "web" is not running container #2\n'


def test_where_a_port_is_published() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    assert compose(lab, "port web 80")[1] == "0.0.0.0:8080\n"
    assert compose(lab, "port web 81")[2] == "no port 81/tcp for container shop-web-1: 8080/tcp, 8080/tcp\n"
    assert compose(lab, "port web abc")[0] == 1


def test_logs_are_headed_by_their_containers() -> None:
    lab = lab_with('services: {a: {image: alpine, command: "echo one"}, longer: {image: alpine, command: "echo two"}}')
    compose(lab, "up -d")
    assert compose(lab, "logs")[1] == "a-1       | one\nlonger-1  | two\n"
    assert compose(lab, "logs --no-log-prefix a")[1] == "one\n"
