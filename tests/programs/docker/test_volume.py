"""`docker volume`: what its commands print and refuse."""

from __future__ import annotations

import pytest

from vnetsim import Lab


def test_a_volume_is_listed_as_asked_for() -> None:
    lab = Lab()
    lab.run("docker volume create --label a=b data", expected=0)
    form = "{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Labels}}"
    listed = lab.run(f"docker volume ls --format '{form}'", expected=0)
    assert listed.stdout == "data local local /var/lib/docker/volumes/data/_data a=b\n"
    assert lab.run("docker volume prune -f", expected=0).stdout == "Total reclaimed space: 0B\n"
    assert lab.run("docker volume prune -af", expected=0).stdout.startswith("Deleted Volumes:\ndata\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("create x", "volume name is too short"),
        ("create 'a b'", "includes invalid characters for a local volume name"),
        ("create -d nosuch dd", 'plugin "nosuch" not found'),
        ("create --name a b", "cannot specify a volume-name through both --name and as a positional arg"),
        ("rm nosuch", "get nosuch: no such volume"),
        ("ls -f nosuch=1", "invalid filter 'nosuch'"),
        ("inspect nosuch", "get nosuch: no such volume"),
    ],
)
def test_what_is_refused(words: str, message: str) -> None:
    refused = Lab().run(f"docker volume {words}")
    assert (refused.exit_code, message in refused.stderr) == (1, True)
