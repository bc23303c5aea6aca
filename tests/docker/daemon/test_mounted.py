"""What mounts put into a container's files."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture
def lab() -> Lab:
    lab = Lab(docker=True)
    lab.run("mkdir -p /srv/d && echo 'hostname -i' > /srv/run.sh && echo one > /srv/d/one")
    return lab


def test_a_file_is_copied_when_the_container_starts(lab: Lab) -> None:
    lab.run("docker run -d --name box -v /srv/run.sh:/opt/run.sh alpine")
    assert lab.run("docker exec box cat /opt/run.sh").stdout == "hostname -i\n"
    lab.run("echo id > /srv/run.sh")
    assert lab.run("docker exec box cat /opt/run.sh").stdout == "hostname -i\n"
    lab.run("docker restart -t 0 box")
    assert lab.run("docker exec box cat /opt/run.sh").stdout == "id\n"


def test_a_script_of_known_programs_runs_as_the_command(lab: Lab) -> None:
    assert lab.run("docker run --rm -v /srv/run.sh:/opt/run.sh alpine sh /opt/run.sh").stdout == "172.17.0.2\n"


@pytest.mark.parametrize(
    ("mount", "names"),
    [
        ("-v /srv/d:/d", "one\n"),
        ("-v /srv:/d", "d\nrun.sh\n"),
        ("-v box:/d", ""),
        ("--tmpfs /d", ""),
        ("-v /srv/no:/d", ""),
    ],
)
def test_directories_are_copied_and_volumes_are_empty(mount: str, names: str, lab: Lab) -> None:
    result = lab.run(f"docker run --rm {mount} alpine ls /d")
    assert (result.exit_code, result.stdout) == (0, names)


@pytest.mark.parametrize("tree", ["/sys", "/proc"])
def test_trees_of_the_host_are_an_assumption(tree: str, lab: Lab) -> None:
    lab.run(f"docker run -d -v {tree}:{tree}:ro alpine")
    assert lab.shortfall.assumptions == (f"{tree} of alpine is mounted: its programs see the container's own",)


@pytest.mark.parametrize("path", ["/etc/hosts", "/etc/resolv.conf", "/etc"])
def test_what_the_engine_writes_cannot_be_mounted_over(path: str, lab: Lab) -> None:
    assert "not modelled: a mount at" in lab.run(f"docker run -d -v /srv:{path} alpine", expected=None).stderr
