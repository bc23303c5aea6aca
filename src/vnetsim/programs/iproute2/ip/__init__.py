"""`ip`: devices, addresses, routes, rules, neighbours and network namespaces (iproute2 6.1, in containers 7.3).

Not modelled: the objects that have no entry in `_MODULES`, `-B` and `-M` families, `-echo`; in containers the usage
texts are the host's, too.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.iproute2.ip.options import IpOptions
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, Request, matches, usage
from vnetsim.programs.iproute2.lib.batch import run_batch

_KERNEL_REFUSED: Final = 2
#: In the order of matching: `ip r` is `ip route`, `ip n` is `ip neighbor`.
_OBJECTS: Final = (
    "address", "addrlabel", "maddress", "route", "rule", "neighbor", "neighbour", "ntable", "ntbl", "link", "l2tp",
    "fou", "ila", "macsec", "tunnel", "tunl", "tuntap", "tap", "token", "tcpmetrics", "tcp_metrics", "monitor", "xfrm",
    "mroute", "mrule", "netns", "netconf", "vrf", "sr", "nexthop", "mptcp", "ioam", "help", "stats",
)  # fmt: skip
_MODULES: Final = {
    "address": "ipaddress", "route": "iproute", "rule": "iprule", "neighbor": "ipneigh", "neighbour": "ipneigh",
    "link": "iplink", "tuntap": "iptuntap", "tap": "iptuntap", "netns": "ipnetns", "maddress": "ipmaddr",
    "tunnel": "iptunnel", "tunl": "iptunnel", "vrf": "ipvrf", "nexthop": "ipnexthop",
    "monitor": "ipmonitor",
}  # fmt: skip


def main(process: Process) -> Program:
    """The program."""
    return _reporting(process, lambda: _start(IpOptions.read(process)))


def _start(options: IpOptions) -> Program:
    if options.batch_file is None:
        return _command(options, options.args)
    process = options.process
    return run_batch(options, lambda line: _reporting(process, lambda: _command(options, Args(line)), in_batch=True))


def _command(options: IpOptions, args: Args) -> Program:
    """One object and its arguments."""
    arg = args.take()
    if arg is None:
        raise usage("ip")
    name = next((name for name in _OBJECTS if matches(arg, name)), None)
    if name is None:
        raise Iproute2Error(1, f'Object "{arg}" is unknown, try "ip help".')
    if name == "help":
        raise usage("ip")
    if name not in _MODULES:
        raise NotModelled(f"ip {name}")
    module = importlib.import_module(f"vnetsim.programs.iproute2.ip.{_MODULES[name]}")
    result: Program = module.main(Request(options.process, options.network, args, options))
    return result


def _reporting(process: Process, start: Callable[[], Program], *, in_batch: bool = False) -> Program:
    """Run a command; errors become the message and exit status of `ip`, also where the command has to wait.

    What calls exit(3) in iproute2 goes through a batch to its end.
    """
    try:
        result = start()
    except (Iproute2Error, KernelError, NotModelled) as error:
        return _report(process, error, in_batch=in_batch)
    return result if isinstance(result, int) else _waiting(process, result, in_batch=in_batch)


def _waiting(process: Process, running: Coroutine[int], *, in_batch: bool) -> Coroutine[int]:
    try:
        return (yield from running)
    except (Iproute2Error, KernelError, NotModelled) as error:
        return _report(process, error, in_batch=in_batch)


def _report(process: Process, error: Iproute2Error | KernelError | NotModelled, *, in_batch: bool) -> int:
    if in_batch and isinstance(error, Iproute2Error) and error.exits:
        raise error
    text = str(error)
    if isinstance(error, Iproute2Error) and error.newer is not None and process.context.release != "bookworm":
        text = error.newer
    if text:
        process.error(f"{text}\n")
    return error.status if isinstance(error, Iproute2Error) else _KERNEL_REFUSED
