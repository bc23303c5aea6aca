"""`ethtool`, as recorded with ethtool 6.1 on Linux 6.18."""

from __future__ import annotations

import pytest

from tests.kernel.wires import device
from tests.machines import typed
from vnetsim import Lab

UNSUPPORTED = "netlink error: Operation not supported\n"
NO_DEVICE = "netlink error: no device matches name (offset 24)\nnetlink error: No such device\n"
BAD = "ethtool: bad command line argument(s)\nFor more information run ethtool -h\n"


def machine() -> Lab:
    """v0 and v1, up; the tunnel vx0, the macvlan m0 on v1, the bridge br0 with the port v2, and tap0."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link add br0 type bridge
        ip link add v0 type veth peer name v1
        ip link add v2 type veth peer name v3
        ip link set v0 up
        ip link set v1 up
        ip link add vx0 type vxlan id 1 remote 10.0.0.2 dstport 4789
        ip link add m0 link v1 type macvlan mode bridge
        ip tuntap add tap0 mode tap
        ip link set v2 master br0
    """,
    )
    return lab


def told(lab: Lab, name: str) -> dict[str, str]:
    """`ethtool -k`, by name."""
    lines = lab.run(f"ethtool -k {name}").stdout.splitlines()
    assert lines[0] == f"Features for {name}:"
    return dict(line.strip().split(": ", 1) for line in lines[1:])


@pytest.mark.parametrize(
    ("name", "speed", "duplex", "port", "detected"),
    [
        ("v0", "10000Mb/s", "Full", "Twisted Pair", "yes"),
        ("v2", "10000Mb/s", "Full", "Twisted Pair", "no"),
        ("vx0", "Unknown!", "Unknown! (255)", "Other", "no"),
        ("m0", "10000Mb/s", "Full", "Twisted Pair", "no"),
        ("br0", "Unknown!", "Unknown! (255)", "Other", "no"),
    ],
)
def test_speed_and_link(name: str, speed: str, duplex: str, port: str, detected: str) -> None:
    shown = machine().run(f"ethtool {name}").stdout
    for line in (f"Speed: {speed}", f"Duplex: {duplex}", f"Port: {port}", f"Link detected: {detected}"):
        assert f"\t{line}\n" in shown


def test_of_loopback_only_the_link_is_told() -> None:
    assert machine().run("ethtool lo").stdout == "Settings for lo:\n\tLink detected: no\n"


def test_a_bridge_is_as_fast_as_its_fastest_port_that_is_up() -> None:
    lab = machine()
    typed(lab, "ip link set br0 up\nip link set v2 up\nip link set v3 up")
    assert "\tSpeed: 10000Mb/s\n\tDuplex: Unknown! (255)\n" in lab.run("ethtool br0").stdout


@pytest.mark.parametrize(
    ("name", "driver", "version", "bus"),
    [
        ("v0", "veth", "1.0", ""),
        ("vx0", "vxlan", "0.1", ""),
        ("m0", "macvlan", "0.1", ""),
        ("br0", "bridge", "2.3", "N/A"),
        ("tap0", "tun", "1.6", "tap"),
    ],
)
def test_drivers(name: str, driver: str, version: str, bus: str) -> None:
    shown = machine().run(f"ethtool -i {name}").stdout
    assert shown.startswith(f"driver: {driver}\nversion: {version}\n")
    assert f"\nbus-info: {bus}\n" in shown


def test_the_counters_of_a_cable_tell_its_other_end() -> None:
    lab = machine()
    assert lab.run("ethtool -S v0").stdout.startswith("NIC statistics:\n     peer_ifindex: 3\n")


@pytest.mark.parametrize(
    ("name", "feature", "state"),
    [
        ("v0", "tcp-segmentation-offload", "on"),
        ("v0", "generic-receive-offload", "off"),
        ("v0", "tx-checksum-ipv4", "off [fixed]"),
        ("lo", "rx-checksumming", "on [fixed]"),
        ("br0", "tx-gso-robust", "off [requested on]"),
        ("m0", "generic-receive-offload", "off [requested on]"),
        ("tap0", "tx-tcp-segmentation", "off [requested on]"),
        ("vx0", "rx-vlan-offload", "off [fixed]"),
    ],
)
def test_features_of_drivers(name: str, feature: str, state: str) -> None:
    assert told(machine(), name)[feature] == state


def test_what_is_asked_for_is_told_and_takes_effect() -> None:
    lab = machine()
    result = lab.run("ethtool -K v0 tso off gso off")
    assert (result.exit_code, result.output) == (0, "")
    assert told(lab, "v0")["tcp-segmentation-offload"] == "off"
    assert told(lab, "v0")["tx-tcp6-segmentation"] == "off"
    assert not device(lab, None, "v0").segmentation
    lab.run("ethtool -K v0 tso on")
    assert device(lab, None, "v0").segmentation


def test_what_else_changes_is_told() -> None:
    lab = machine()
    assert lab.run("ethtool -K v0 sg off").stdout == (
        "Actual changes:\ntx-scatter-gather: off\ntx-scatter-gather-fraglist: off\n"
        "tx-generic-segmentation: off [not requested]\ntx-tcp-segmentation: off [not requested]\n"
        "tx-tcp-ecn-segmentation: off [not requested]\ntx-tcp-mangleid-segmentation: off [not requested]\n"
        "tx-tcp6-segmentation: off [not requested]\n"
    )
    assert told(lab, "v0")["tx-tcp-segmentation"] == "off [requested on]"
    assert not device(lab, None, "v0").segmentation
    assert "tx-tcp-segmentation: on [not requested]" in lab.run("ethtool -K v0 sg on").stdout


@pytest.mark.parametrize(
    ("command", "status", "stdout", "stderr"),
    [
        ("ethtool", 1, "", BAD),
        ("ethtool -k", 1, "", BAD),
        ("ethtool --bogus v0", 1, "", BAD),
        ("ethtool nosuch", 75, "No data available\n", NO_DEVICE * 5),
        ("ethtool -i nosuch", 71, "", "Cannot get driver information: No such device\n"),
        ("ethtool -i lo", 71, "", "Cannot get driver information: Operation not supported\n"),
        ("ethtool -k nosuch", 1, "", NO_DEVICE),
        ("ethtool -K nosuch tso off", 92, "", NO_DEVICE),
        ("ethtool -S nosuch", 96, "", "Cannot get stats strings information: No such device\n"),
        ("ethtool -S br0", 94, "", "no stats available\n"),
        ("ethtool -K v0", 1, "", "Could not change any device features\n"),
        ("ethtool -K v0 lro on", 1, "Actual changes:\nrx-lro: off [requested on]\n",
         "Could not change any device features\n"),
        ("ethtool -K v0 bogus off", 92, "", f"netlink error: bit name not found (offset 52)\n{UNSUPPORTED}"),
        ("ethtool -K v0 tso maybe", 1, "",
         "ethtool (-K): flag 'maybe' for parameter '(null)' is not followed by 'on' or 'off'\n"),
        ("ethtool -s v0 speed 100", 75, "", UNSUPPORTED),
        ("ethtool -g v0", 1, "", UNSUPPORTED),
        ("ethtool -d v0", 74, "", "Cannot get register dump: Operation not supported\n"),
        ("ethtool -T v0", 2, "", "vnetsim: not modelled: ethtool -T\n"),
    ],
)  # fmt: skip
def test_refusals(command: str, status: int, stdout: str, stderr: str) -> None:
    result = machine().run(command)
    assert (result.exit_code, result.stdout, result.stderr) == (status, stdout, stderr)


def test_a_device_whose_driver_is_not_recorded_says_so() -> None:
    lab = machine()
    lab.run("ip link add d0 type ifb")
    for option in ("", "-i", "-k"):
        assert "vnetsim: not modelled: " in lab.run(f"ethtool {option} d0").stderr
