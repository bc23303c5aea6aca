"""`docker compose cp`: recorded in `recorded/compose/engine/compose_cp`; here is what was not."""

from __future__ import annotations

import pytest

from vnetsim import Lab

FILE = "services: {web: {image: alpine, command: sleep infinity, deploy: {replicas: 2}}}"
COMPOSE = "docker compose -f /p/compose.yaml"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run(f"mkdir /p; echo '{FILE}' > /p/compose.yaml; {COMPOSE} up -d 2>/dev/null; echo hello > /p/a")
    return lab


def test_a_file_goes_to_all_containers_and_comes_back_from_the_first(lab: Lab) -> None:
    lab.run(f"{COMPOSE} cp /p/a web:/opt/a; docker exec p-web-1 sh -c 'echo changed > /opt/a'")
    assert lab.run("docker exec p-web-2 cat /opt/a").stdout == "hello\n"
    lab.run(f"{COMPOSE} cp web:/opt/a /p/b")
    assert lab.run("cat /p/b").stdout == "changed\n"


def test_an_archive_for_one_container_is_read_from_standard_input(lab: Lab) -> None:
    lab.run(f"{COMPOSE} cp /p/a web:/srv/x; {COMPOSE} cp web:/srv/x - | {COMPOSE} cp --index 2 - web:/tmp")
    assert lab.run("docker exec p-web-2 cat /tmp/x").stdout == "hello\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("- web:/opt < /p/a", "vnetsim: not modelled: docker compose cp - to several containers"),
        ("--index 2 - web:/opt < /p/a", "Error response from daemon: unexpected EOF"),
        ("web:/a web:/b", "copying between services is not supported"),
    ],
)
def test_what_is_refused(lab: Lab, words: str, message: str) -> None:
    refused = lab.run(f"{COMPOSE} cp {words}")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (1, message)
