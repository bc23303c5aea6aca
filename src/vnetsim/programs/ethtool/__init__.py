"""`ethtool`: the settings that drivers report (ethtool 6.1, recorded on Linux 6.18).

Not modelled: changes other than `-K`, `--json`, several devices at once, devices whose drivers are not recorded (dummy,
vlan).  What no virtual device supports is refused as the kernel refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import Link
from vnetsim.process import Process, Program
from vnetsim.programs.ethtool import features, settings
from vnetsim.programs.ethtool.answers import failure, no_such_device, unsupported
from vnetsim.programs.libc.exit import Exit, ends_by_exit

_BAD: Final = "ethtool: bad command line argument(s)\nFor more information run ethtool -h"
_VERSION: Final = "ethtool version 6.1\n"


@ends_by_exit
def main(process: Process) -> Program:
    try:
        return _run(process, process.argv[1:])
    except NotModelled as error:
        raise failure(2, str(error)) from None


def _run(process: Process, args: Sequence[str]) -> Program:
    if not args:
        raise failure(1, _BAD)
    first = args[0]
    if first == "--version":
        raise Exit(0, stdout=_VERSION)
    if first in ("-h", "--help", "--json") or first in _ABSENT.split():
        raise NotModelled(f"ethtool {first}")
    name = next((name for name in _COMMANDS if first in name.split()), None) if first.startswith("-") else ""
    if name is None or (name and len(args) < 2):
        raise failure(1, _BAD)
    device = args[1] if name else first
    link = process.network.link(device)
    return _COMMANDS[name](process, device, link, args[2:]) if name else settings.show(process, link)


_ABSENT: Final = """
    -T --show-time-stamping -n -u --show-nfc --show-ntuple -N -U --config-nfc --config-ntuple -L --set-channels -X
    --set-rxfh-indir --rxfh -f --flash -W --set-dump --set-eee --set-fec --set-priv-flags --set-phy-tunable
    --get-phy-tunable --phy-statistics --show-tunnels --reset --get-tunable --set-tunable --monitor -E --change-eeprom
    -C --coalesce -Q --per-queue --cable-test --cable-test-tdr
"""

Command = Callable[[Process, str, Link | None, Sequence[str]], int]


def _refusing(status: int, message: str) -> Command:
    """A command whose ioctl no virtual device supports."""

    def command(_process: Process, _device: str, link: Link | None, _rest: Sequence[str]) -> int:
        errno = Errno.ENODEV if link is None else Errno.EOPNOTSUPP
        raise failure(status, message.format(errno.strerror))

    return command


def _refusing_by_netlink(status: int) -> Command:
    def command(_process: Process, _device: str, link: Link | None, _rest: Sequence[str]) -> int:
        raise failure(status, no_such_device() if link is None else unsupported())

    return command


def _driver(process: Process, _device: str, link: Link | None, _rest: Sequence[str]) -> int:
    return settings.show_driver(process, link)


def _statistics(process: Process, _device: str, link: Link | None, _rest: Sequence[str]) -> int:
    return settings.show_statistics(process, link)


def _channels(process: Process, _device: str, link: Link | None, _rest: Sequence[str]) -> int:
    return settings.show_channels(process, link)


def _address(process: Process, _device: str, link: Link | None, _rest: Sequence[str]) -> int:
    if link is None:
        raise failure(1, no_such_device())
    process.write("Permanent address: not set\n")
    return 0


def _features(process: Process, _device: str, link: Link | None, _rest: Sequence[str]) -> int:
    return features.show(process, link)


def _set_features(process: Process, device: str, link: Link | None, rest: Sequence[str]) -> int:
    if not process.context.privileged:
        raise failure(features.FAILED, f"netlink error: {Errno.EPERM.strerror}")
    try:
        return features.change(process, device, link, rest)
    except KernelError as error:
        raise failure(features.FAILED, f"netlink error: {error.errno.strerror}") from None


_COMMANDS: Final[dict[str, Command]] = {
    "-i --driver": _driver,
    "-k --show-features --show-offload": _features,
    "-K --features --offload": _set_features,
    "-S --statistics": _statistics,
    "-l --show-channels": _channels,
    "-P --show-permaddr": _address,
    "-a --show-pause": _refusing_by_netlink(1),
    "-g --show-ring": _refusing_by_netlink(1),
    "-c --show-coalesce": _refusing_by_netlink(1),
    "-m --dump-module-eeprom --module-info": _refusing_by_netlink(1),
    "--show-eee": _refusing_by_netlink(1),
    "--show-fec": _refusing_by_netlink(1),
    "--show-priv-flags": _refusing_by_netlink(1),
    "-s --change": _refusing_by_netlink(75),
    "-A --pause": _refusing_by_netlink(76),
    "-G --set-ring": _refusing_by_netlink(81),
    "-x --show-rxfh-indir --show-rxfh": _refusing(1, "Cannot get RX ring count: {}"),
    "-d --register-dump": _refusing(74, "Cannot get register dump: {}"),
    "-e --eeprom-dump": _refusing(74, "Cannot get EEPROM data: {}"),
    "-w --get-dump": _refusing(1, "Can not get dump level: {}"),
    "-p --identify": _refusing(255, "Cannot identify NIC: {}"),
    "-t --test": _refusing(74, "Cannot test: {}"),
    "-r --negotiate": _refusing(255, "Cannot restart autonegotiation: {}"),
}
