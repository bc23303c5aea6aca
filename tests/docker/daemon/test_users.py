"""Users of containers; what a real engine answers is in `recorded/engine/container_users`."""

from __future__ import annotations

import pytest

from tests.shell.machine import Files
from vnetsim import Lab
from vnetsim.docker.daemon.users import ContainerUser, find_user
from vnetsim.errors import EngineError


def files() -> Files:
    return Files(
        {
            "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nbroken\n",
            "/etc/group": "root:x:0:root\nadm:x:4:nobody\nnobody:x:65534:\n",
        }
    )


@pytest.mark.parametrize(
    ("spec", "added", "user"),
    [
        ("", [], ContainerUser(0, 0, (0, 0), "/root")),
        ("nobody", [], ContainerUser(65534, 65534, (4, 65534), "/")),
        ("65534", ["7"], ContainerUser(65534, 65534, (4, 7, 65534), "/")),
        ("nobody:adm", [], ContainerUser(65534, 4, (4,), "/")),
        ("1000", [], ContainerUser(1000, 0, (0,), "/")),
        ("1000:1001", ["adm"], ContainerUser(1000, 1001, (4, 1001), "/")),
        (":5", [], ContainerUser(0, 5, (5,), "/root")),
    ],
)
def test_a_user_is_a_name_or_a_number(spec: str, added: list[str], user: ContainerUser) -> None:
    assert find_user(files(), spec, added) == user


@pytest.mark.parametrize(
    ("spec", "added", "message"),
    [
        ("who", [], "unable to find user who: no matching entries in passwd file"),
        ("who:adm", [], "unable to find user who: no matching entries in passwd file"),
        ("nobody:who", [], "unable to find group who: no matching entries in group file"),
        ("0", ["who"], "unable to find group who: no matching entries in group file"),
        ("-1", [], "uids and gids must be in range 0-2147483647"),
        ("2147483648", [], "uids and gids must be in range 0-2147483647"),
    ],
)
def test_who_is_not_there_is_refused(spec: str, added: list[str], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        find_user(files(), spec, added, status=400)
    assert (refused.value.status, refused.value.message) == (400, message)


def test_in_an_image_that_is_not_known_a_name_is_assumed_to_exist() -> None:
    said: list[str] = []
    image = files()
    first = find_user(image, "app:web", assume=said.append)
    assert (first.uid, first.gid, first.home) == (999, 998, "/home/app")
    assert find_user(image, "app:web", assume=said.append) == first
    assert said == [
        "the user app is assumed to exist, with the number 999",
        "the group web is assumed to exist, with the number 998",
    ]


def test_numbers_out_of_range_are_refused_in_any_image() -> None:
    with pytest.raises(EngineError, match="uids and gids must be in range"):
        find_user(files(), "-1", assume=lambda _sentence: None)


def test_answers_name_what_is_assumed_of_users() -> None:
    lab = Lab()
    assert lab.run("docker run --rm -u postgres postgres whoami").stdout == "postgres\n"
    assert list(lab.shortfall.assumptions) == [
        "the user postgres is assumed to exist, with the number 995",
        "owners and modes of files are not kept",
    ]
    assert lab.run("docker run --rm -u postgres alpine true").exit_code == 125


def test_a_user_of_a_known_image_writes_where_all_may() -> None:
    lab = Lab()
    lab.run("docker run -d --name box -u 1000 debian sleep infinity")
    assert lab.run("docker exec box touch /etc/x").stderr == "touch: cannot touch '/etc/x': Permission denied\n"
    assert lab.run("docker exec box touch /tmp/x").exit_code == 0
    assert lab.run("docker exec -u 0 box touch /etc/x").exit_code == 0


def test_a_user_has_no_capabilities_but_may_send_echo_requests() -> None:
    lab = Lab()
    lab.run("docker run -d --name box -u 1000 nettools sleep infinity")
    assert lab.run("docker exec box ip link set lo down").stderr == "RTNETLINK answers: Operation not permitted\n"
    assert lab.run("docker exec -u 0 --privileged box ip link set lo up").exit_code == 0
    assert lab.run("docker run --rm -u 1000 alpine ping -c 1 127.0.0.1").exit_code == 0


@pytest.mark.parametrize(
    ("tag", "code"), [("", 1), (":3", 1), (":3.20.1", 1), (":latest", 1), (":3.10", 0), (":edge", 0)]
)
def test_who_is_in_other_releases_of_alpine_is_assumed(tag: str, code: int) -> None:
    lab = Lab()
    lab.run(f"docker run -d --name box alpine{tag} sleep 9")
    assert lab.run("docker exec -u postgres box whoami").exit_code == code
