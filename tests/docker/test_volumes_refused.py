"""What volumes and mounts refuse, and which volumes are listed and pruned (daemon/volumes.go, volume/mounts)."""

from __future__ import annotations

from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.docker.volumes import MountPoints, Volumes, check_from, check_mount, check_tmpfs
from vnetsim.errors import EngineError, NotModelled


def points() -> MountPoints:
    return MountPoints(Volumes(), 0, lambda: "made")


@pytest.mark.parametrize(
    ("mount", "problem"),
    [
        ({"Type": "npipe", "Target": "/a"}, "mount type unknown"),
        ({"Type": "volume"}, "field Target must not be empty"),
        ({"Target": "a"}, "mount path must be absolute"),
        ({"Target": "/"}, "destination can't be '/'"),
        ({"Type": "bind", "Target": "/a"}, "field Source must not be empty"),
        ({"Type": "bind", "Source": "b", "Target": "/a"}, "'b' mount path must be absolute"),
        ({"Type": "tmpfs", "Source": "b", "Target": "/a"}, "field Source must not be specified"),
    ],
)
def test_a_bad_mount_is_refused(mount: dict[str, Any], problem: str) -> None:
    with pytest.raises(EngineError, match=problem):
        check_mount(mount)


@pytest.mark.parametrize("spec", ["", ":ro", "box:rw,ro", "box:fast"])
def test_bad_volumes_from_are_refused(spec: str) -> None:
    with pytest.raises(EngineError, match=r"invalid (volumes-from specification|mode)"):
        check_from(spec)


def test_volumes_from_has_a_container_and_a_mode() -> None:
    assert [check_from(spec) for spec in ("box", "box:ro")] == [("box", ""), ("box", "ro")]


@pytest.mark.parametrize(("destination", "options"), [("a", ""), ("/a", "size=,"), ("/a", "!")])
def test_a_bad_tmpfs_is_refused(destination: str, options: str) -> None:
    with pytest.raises(EngineError, match="invalid"):
        check_tmpfs(destination, options)


@pytest.mark.parametrize("spec", ["a:/b:ro:z", ":/b", "/a:ro", "data:/b:fast", "/a:b", "data:/"])
def test_a_bad_bind_is_refused(spec: str) -> None:
    with pytest.raises(EngineError, match="invalid"):
        points().add_bind(spec, "")


def test_two_mounts_at_one_place_and_mounts_over_files_of_the_network_are_refused() -> None:
    made = points()
    made.add_bind("data:/b", "")
    with pytest.raises(EngineError, match="Duplicate mount point: /b"):
        made.add_bind("/a:/b:ro", "")
    made.add_anonymous("/c")
    with pytest.raises(EngineError, match="Duplicate mount point: /c"):
        made.add_bind("/a:/c", "")
    for refused in ("/etc/hosts", "/etc/resolv.conf"):
        with pytest.raises(NotModelled):
            made.add_bind(f"/a:{refused}", "")
    with pytest.raises(NotModelled):
        made.add_anonymous("/")


def test_mounts_of_all_types_are_made() -> None:
    made = points()
    made.add_mount({"Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": {"Propagation": "rslave"}})
    made.add_mount({"Type": "tmpfs", "Target": "/t", "ReadOnly": True})
    made.add_mount({"Source": "data", "Target": "/d", "VolumeOptions": {"Labels": {"k": "v"}}})
    made.add_from([made.found["/d"]], "ro")
    assert [(place, point["Type"], point["RW"]) for place, point in made.found.items()] == [
        ("/b", "bind", True),
        ("/t", "tmpfs", False),
        ("/d", "volume", False),
    ]


@pytest.mark.parametrize(
    ("name", "driver", "status"), [("a", "", 400), ("-data", "", 400), ("da/ta", "", 400), ("data", "nfs", 404)]
)
def test_a_bad_volume_is_refused(name: str, driver: str, status: int) -> None:
    with pytest.raises(EngineError) as refused:
        Volumes().create(name, 0, driver=driver)
    assert refused.value.status == status


def test_a_volume_that_is_used_or_unknown_is_not_removed() -> None:
    volumes = Volumes()
    assert volumes.create("data", 0) is volumes.create("data", 1)
    with pytest.raises(EngineError, match=r"volume is in use - \[box\]"):
        volumes.remove("data", ["box"])
    volumes.remove("data", [])
    volumes.remove("data", [], force=True)
    with pytest.raises(EngineError, match="no such volume"):
        volumes.remove("data", [])


def test_volumes_are_listed_by_filters_and_pruned_when_nobody_uses_them() -> None:
    lab = Lab()
    for line in (
        "docker volume create --label tier=db data",
        "docker volume create spare",
        "docker run -d --name box -v data:/d -v /anonymous nginx",
    ):
        assert lab.run(line), line
    listed = lab.docker.volume_list({"dangling": ["true"]})
    assert [volume["Name"] for volume in listed] == ["spare"]
    assert [volume["Name"] for volume in lab.docker.volume_list({"label": ["tier=db"], "driver": ["local"]})] == [
        "data"
    ]
    assert lab.docker.volume_list({"driver": ["nfs"]}) == []
    assert lab.docker.volume_prune()["VolumesDeleted"] is None
    assert lab.docker.volume_prune({"all": ["true"]})["VolumesDeleted"] == ["spare"]
    assert lab.docker.volume_inspect("data")["Labels"] == {"tier": "db"}
    with pytest.raises(EngineError, match="volume is in use"):
        lab.docker.volume_delete("data")
