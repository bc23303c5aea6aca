"""The target: a name or an address in any of the forms of inet_aton(3)."""

from __future__ import annotations

from typing import Final

from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.iputils.ping.options import PingOptions
from vnetsim.programs.libc.exit import Exit
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, inet_aton, is_address

_FAMILY: Final = "Address family for hostname not supported"


@frozen
class Target:
    """`numeric`: an address was given, so that no names are looked up for the addresses that answer.

    `zone` is the device that was named with a link-local address.
    """

    name: str
    address: Address
    numeric: bool
    zone: str | None = None


def find(process: Process, options: PingOptions) -> Coroutine[Target]:
    """The address of the target; Exit if its name is unknown."""
    name = options.target
    number = inet_aton(name)
    if number is not None and options.version == 6:
        raise Exit(2, f"{name}: {_FAMILY}")
    if number is not None:
        target = Target(name, number, numeric=True)
    else:
        resolved: Resolved = yield process.resolve(name, options.version)
        if not resolved.addresses:
            raise Exit(2, f"{name}: {resolved.error}")
        target = Target(name, resolved.addresses[0], is_address(name), resolved.zone)
    if options.verbose:
        _describe(process, options, target)
    return target


def _describe(process: Process, options: PingOptions, target: Target) -> None:
    family = "AF_INET" if target.address.version == 4 else "AF_INET6"
    text = f"ai->ai_family: {family}, ai->ai_canonname: '{target.name}'\n"
    if options.newer:
        process.error(f"{process.argv[0]}: {text}")
    else:
        process.write(text)
