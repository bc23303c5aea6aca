"""`ip tuntap`.  Texts and statuses were captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

from typing import Any

import pytest

from tests.programs.iproute2.ip.ip_host import BR0, LO, cases, device, ip_, out
from vnetsim.errors import Errno, KernelError
from vnetsim.operations import AddLink, DeleteLink

TAP0 = device(2, "tap0", "tun", details={"type": "tap", "persist": 1})
TUN0 = device(3, "tun0", "tun", details={"type": "tun", "persist": 1}, link_type="none", mac=None, broadcast=None)
T2 = device(
    7, "t2", "tun",
    details={
        "type": "tap", "pi": 1, "one_queue": 1, "multi_queue": 1, "vnet_hdr": 1, "persist": 1, "user": 1000,
        "group": 50,
    },
)  # fmt: skip
HOST = (LO, TAP0, TUN0, BR0, T2)


def test_devices_are_listed_with_their_flags() -> None:
    assert out("ip tuntap", HOST) == (
        "tap0: tap persist\n"
        "tun0: tun persist\n"
        "t2: tap pi one_queue multi_queue vnet_hdr persist filter user 1000 group 50\n"
    )
    assert out("ip -j tap list", HOST) == (
        '[{"ifname":"tap0","flags":["tap","persist"]},{"ifname":"tun0","flags":["tun","persist"]},{"ifname":"t2",'
        '"flags":["tap","pi","one_queue","multi_queue","vnet_hdr","persist","filter"],"user":1000,"group":50}]\n'
    )
    assert out("ip -d tuntap", [TAP0]) == "tap0: tap persist\n\tAttached to processes:\n"


@pytest.mark.parametrize(
    ("command", "operations"),
    [
        ("ip tuntap add dev t0 mode tap", [AddLink(kind="tun", name="t0", options={"mode": "tap"})]),
        ("ip tunt a name t0 mode tun", [AddLink(kind="tun", name="t0", options={"mode": "tun"})]),
        ("ip tuntap add mode tap", [AddLink(kind="tun", options={"mode": "tap"})]),
        (
            "ip tuntap add t0 mode tap user 1000 group 50 pi vnet_hdr",
            [
                AddLink(
                    kind="tun",
                    name="t0",
                    options={"mode": "tap", "user": 1000, "group": 50, "pi": 1, "vnet_hdr": 1},
                )
            ],
        ),
        ("ip tuntap add t0 mode tap user root", [AddLink(kind="tun", name="t0", options={"mode": "tap", "user": 0})]),
        ("ip tuntap del dev tap0 mode tap", [DeleteLink(device="tap0")]),
    ],
)
def test_a_command_becomes_operations(command: str, operations: list[Any]) -> None:
    ended, executed = ip_(command, HOST)
    assert (ended.status, ended.out, ended.err, executed) == (0, "", "", operations)


SAID = cases(
    """\
$ ip tuntap add dev tap0 mode tap  [1]
ioctl(TUNSETIFF): Device or resource busy
$ ip tuntap add dev lo mode tap  [1]
ioctl(TUNSETIFF): Device or resource busy
$ ip tuntap del dev tap0 mode tun  [1]
ioctl(TUNSETIFF): Invalid argument
$ ip tuntap del dev lo mode tun  [1]
ioctl(TUNSETIFF): Invalid argument
$ ip tuntap add dev t2  [1]
You failed to specify a tunnel mode
$ ip tuntap add dev t3 mode bogus  [255]
Unknown tunnel mode "bogus"
$ ip tuntap add dev t5 mode tap mode tun  [255]
You managed to ask for more than one tunnel mode.
$ ip tuntap add dev t4 mode tap user nosuchuser  [255]
invalid user "nosuchuser"
$ ip tuntap add dev t5 t6 mode tap  [255]
Error: either "name" is duplicate, or "t6" is a garbage.
$ ip tuntap add dev name1234567890xy mode tap  [255]
Error: argument "name1234567890xy" is wrong: "dev" not a valid ifname
$ ip tuntap add 'a b' mode tap  [255]
Error: argument "a b" is wrong: "name" not a valid ifname
$ ip tuntap add dev t5 mode  [255]
Command line is not complete. Try option "help"
$ ip tuntap bogus  [255]
Command "bogus" is unknown, try "ip tuntap help".
"""
)


@pytest.mark.parametrize(("command", "status", "text"), SAID)
def test_what_cannot_be_done_is_said_in_ips_words(command: str, status: int, text: str) -> None:
    ended, executed = ip_(command, HOST)
    assert (ended.status, ended.out, ended.err, executed) == (status, "", text, [])


def test_deleting_what_does_not_exist_makes_it_first() -> None:
    links = list(HOST)

    def create(operation: Any) -> None:
        if isinstance(operation, AddLink):
            links.append(device(30, operation.name or "tap1", "tun", details={"type": "tap"}))

    ended, executed = ip_("ip tuntap del dev nosuch mode tap", links, refuse=create)
    assert (ended.status, ended.err) == (0, "")
    assert executed == [
        AddLink(kind="tun", name="nosuch", options={"mode": "tap"}),
        DeleteLink(device="nosuch"),
    ]


def test_the_kernels_refusal_is_the_ioctls() -> None:
    def refuse(_: Any) -> None:
        raise KernelError(Errno.EINVAL)

    ended, _ = ip_("ip tuntap add dev t0 mode tap", HOST, refuse=refuse)
    assert (ended.status, ended.err) == (1, "ioctl(TUNSETIFF): Invalid argument\n")
