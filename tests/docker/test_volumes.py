"""Volumes and the mounts of containers."""

from __future__ import annotations

from vnetsim import Lab


def test_volumes_are_made_used_and_removed() -> None:
    lab = Lab()
    lab.run("docker run -d --name db -v data:/var/lib/db -v /cache alpine sleep infinity", expected=0)
    assert len(lab.run("docker volume ls -q", expected=0).stdout.splitlines()) == 2
    assert "volume is in use" in lab.run("docker volume rm data").stderr
    lab.run("docker rm -f -v db", expected=0)
    assert lab.run("docker volume ls -q", expected=0).stdout == "data\n"


def test_the_working_directory_is_a_source() -> None:
    lab = Lab()
    lab.run('docker run -d --name web -v "$PWD":/x:ro alpine', expected=0)
    assert lab.run("docker inspect -f '{{.HostConfig.Binds}}' web", expected=0).stdout == "[/:/x:ro]\n"
