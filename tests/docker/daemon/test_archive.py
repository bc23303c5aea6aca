"""Files of containers as archives; a real engine's answers are in `recorded/engine/copied_files` and `recorded/api`."""

from __future__ import annotations

import io
import tarfile

import pytest

from vnetsim import Lab
from vnetsim.docker.archive import Entry, pack, unpack
from vnetsim.errors import EngineError

HELLO = pack(iter([Entry("f", "hello\n")]), 1)


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name web -v vol:/data --tmpfs /t nginx; docker create --name made alpine cat /opt/f")
    return lab


def test_volumes_are_seen_and_written(lab: Lab) -> None:
    lab.docker.container_put_archive("web", "/data", HELLO)
    assert lab.run("docker run --rm -v vol:/x alpine cat /x/f").stdout == "hello\n"
    stat, archive = lab.docker.container_get_archive("web", "/data/.")
    assert (stat["name"], unpack(archive)) == (".", [Entry("."), Entry("f", "hello\n")])


def test_what_is_copied_before_the_start_is_there_after_it(lab: Lab) -> None:
    lab.docker.container_put_archive("made", "/opt", HELLO)
    assert lab.run("docker start -a made").stdout == "hello\n"


def test_what_is_copied_before_the_start_is_committed(lab: Lab) -> None:
    lab.docker.container_put_archive("made", "/opt", HELLO)
    assert lab.docker.container_changes("made") == [{"Path": "/opt", "Kind": 0}, {"Path": "/opt/f", "Kind": 1}]
    lab.run("docker commit made kept")
    assert lab.run("docker run --rm kept cat /opt/f").stdout == "hello\n"


def test_a_file_for_a_container_that_was_looked_at_is_not_lost(lab: Lab) -> None:
    lab.docker.container_put_file("made", "/run/secret", "s")
    lab.docker.container_stat_path("made", "/run/secret")
    lab.docker.container_put_file("made", "/run/other", "o")
    assert lab.docker.container_stat_path("made", "/run/other")["size"] == 1
    lab.run("docker start made")
    assert lab.docker.container_stat_path("made", "/run/secret")["size"] == 1


def test_an_export_has_links_and_programs_but_nothing_that_is_mounted(lab: Lab) -> None:
    lab.docker.container_put_archive("web", "/data", HELLO)
    lab.docker.container_put_archive("web", "/srv", HELLO)
    with tarfile.open(fileobj=io.BytesIO(lab.docker.container_export("web"))) as tar:
        members = {member.name: member for member in tar}
    assert members["bin"].linkname == "usr/bin"
    assert members["usr/bin/cat"].mode == 0o755
    assert {"srv/f", "data", "t", "proc", "dev"} <= members.keys()
    assert not [name for name in members if name.startswith(("data/", "t/", "proc/", "sys/", "dev/"))]


def test_the_exported_files_make_an_image(lab: Lab) -> None:
    lab.docker.container_put_archive("web", "/srv", HELLO)
    lab.run("docker export web > /tmp/web.tar; docker import /tmp/web.tar flat")
    assert lab.run("docker run --rm flat cat /srv/f").stdout == "hello\n"


def test_events_say_what_was_done(lab: Lab) -> None:
    lab.docker.container_put_archive("web", "/srv", HELLO)
    lab.docker.container_get_archive("web", "/srv/f")
    lab.docker.container_export("web")
    actions = [event["Action"] for event in lab.docker.system_events()]
    assert actions[-3:] == ["extract-to-dir", "archive-path", "export"]


def test_a_refused_archive_changes_nothing(lab: Lab) -> None:
    broken = pack(iter([Entry("g", "x"), Entry("../../etc/evil", "x")]), 1)
    with pytest.raises(EngineError, match="invalid entry name"):
        lab.docker.container_put_archive("web", "/srv", broken)
    assert lab.docker.container_changes("web") == [{"Path": "/data", "Kind": 1}, {"Path": "/t", "Kind": 1}]


@pytest.mark.parametrize("path", ["/proc", "/sys/class", "/dev"])
def test_what_the_kernel_makes_up_is_not_written(lab: Lab, path: str) -> None:
    refused = lab.run(f"echo x > /tmp/x; docker cp /tmp/x web:{path}/")
    assert refused.exit_code != 0
