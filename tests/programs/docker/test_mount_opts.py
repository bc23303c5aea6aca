"""Flags about mounts, devices and health checks."""

from __future__ import annotations

from typing import Any

import pytest

from vnetsim.programs.docker.flags import BadOption, BadValue
from vnetsim.programs.docker.mount_opts import devices, gpus, read_mount, throttles


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("target=/b", {"Type": "volume", "Target": "/b"}),
        ("type=bind,src=/a,dst=/b,ro", {"Type": "bind", "Source": "/a", "Target": "/b", "ReadOnly": True}),
        ("type=tmpfs,dst=/b,tmpfs-size=1", {"Type": "tmpfs", "Target": "/b", "TmpfsOptions": {"SizeBytes": 1}}),
        (
            "source=v,target=/b,volume-nocopy",
            {"Type": "volume", "Source": "v", "Target": "/b", "VolumeOptions": {"NoCopy": True}},
        ),
    ],
)
def test_a_mount_is_read(text: str, mount: dict[str, Any]) -> None:
    assert read_mount(text) == mount


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type=volume", "target is required"),
        ("target=/b,nosuch=1", "unexpected key 'nosuch' in 'nosuch=1'"),
        ("target=/b,readonly=maybe", "invalid value for readonly: maybe"),
        ("target", "invalid field 'target' must be a key=value pair"),
        ("type=bind,source=/a,target=/b,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'bind'"),
    ],
)
def test_a_bad_mount_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadValue) as refused:
        read_mount(text)
    assert str(refused.value) == message


def test_devices_have_paths_and_permissions() -> None:
    both = {"PathOnHost": "/dev/zero", "PathInContainer": "/dev/zz", "CgroupPermissions": "r"}
    assert devices(["/dev/zero:/dev/zz:r"]) == [both]
    with pytest.raises(BadOption, match="bad mode specified: q"):
        devices(["/dev/null:/dev/x:q"])


def test_gpus_are_requested_by_count_or_name() -> None:
    assert [request["Count"] for request in gpus(["all", "2"]) or ()] == [-1, 2]
    assert (gpus(['"device=0,1"']) or [{}])[0]["DeviceIDs"] == ["0", "1"]


def test_rates_have_a_device() -> None:
    assert throttles(["/dev/sda:1mb"]) == [{"Path": "/dev/sda", "Rate": 1 << 20}]
    with pytest.raises(BadOption, match="bad format for device path: sda"):
        throttles(["sda:1mb"])
