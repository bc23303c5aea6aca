"""`ip tuntap`: devices whose other end is a program (iproute2: ip/iptuntap.c).

They are made through an ioctl, not through netlink: an AddLink of kind `tun` whose options have `mode` (`tun` or
`tap`), and `pi`, `vnet_hdr`, `multi_queue`, `one_queue`, `user`, `group` where they were given.  Not modelled: the
processes at the other end.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import Link
from vnetsim.operations import AddLink, DeleteLink
from vnetsim.process import Program
from vnetsim.process.files import Files
from vnetsim.programs.iproute2.ip.iplink.link_args import is_name
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    duparg2,
    invarg,
    matches,
    unknown_command,
    usage,
)
from vnetsim.programs.iproute2.lib.json_print import Color
from vnetsim.programs.iproute2.lib.ll_map import by_name
from vnetsim.values import define

_SWITCHES: Final = ("pi", "one_queue", "vnet_hdr", "multi_queue")


def main(request: Request) -> Program:
    """Reads what follows `ip tuntap`."""
    arg = request.args.take()
    if arg is None:
        return _show(request)
    if matches(arg, "add"):
        return _add(request)
    if matches(arg, "delete"):
        return _delete(request)
    if any(matches(arg, keyword) for keyword in ("show", "lst", "list")):
        return _show(request)
    if matches(arg, "help"):
        raise _usage()
    raise unknown_command(arg, "ip tuntap help")


def _usage() -> Iproute2Error:
    return usage("ip-tuntap")


@define
class _TuntapArgs:
    name: str | None = None
    options: dict[str, str | int] = attrs.field(factory=dict)

    @property
    def mode(self) -> str:
        return str(self.options["mode"])


def _read(request: Request, *, owners: bool) -> _TuntapArgs:
    parsed = _TuntapArgs()
    for arg in request.args:
        if matches(arg, "mode"):
            _read_mode(request, parsed)
        elif owners and matches(arg, "user"):
            parsed.options["user"] = _owner(request, "user", "/etc/passwd")
        elif owners and matches(arg, "group"):
            parsed.options["group"] = _owner(request, "group", "/etc/group")
        elif switch := next((s for s in _SWITCHES if matches(arg, s)), None):
            parsed.options[switch] = 1
        else:
            _read_name(request, parsed, arg)
    if "mode" not in parsed.options:
        raise Iproute2Error(1, "You failed to specify a tunnel mode")
    return parsed


def _read_mode(request: Request, parsed: _TuntapArgs) -> None:
    arg = request.args.next_arg()
    mode = next((mode for mode in ("tun", "tap") if matches(arg, mode)), None)
    if mode is None:
        raise Iproute2Error(255, f'Unknown tunnel mode "{arg}"')
    if parsed.options.get("mode", mode) != mode:
        raise Iproute2Error(255, "You managed to ask for more than one tunnel mode.")
    parsed.options["mode"] = mode


def _read_name(request: Request, parsed: _TuntapArgs, arg: str) -> None:
    keyword = "name"
    if matches(arg, "dev"):
        keyword, arg = "dev", request.args.next_arg()
    elif matches(arg, "name"):
        arg = request.args.next_arg()
    elif matches(arg, "help"):
        raise _usage()
    if keyword == "name" and parsed.name is not None:
        raise duparg2("name", arg)
    if not is_name(arg, request.options):
        raise invarg(f'"{keyword}" not a valid ifname', arg)
    parsed.name = arg


def _owner(request: Request, what: str, path: str) -> int:
    """A number, or a name in /etc/passwd or /etc/group."""
    arg = request.args.next_arg()
    if arg.isascii() and is_digits(arg):
        return int(arg)
    number = _number_of(request.process.files, path, arg)
    if number is None:
        raise Iproute2Error(255, f'invalid {what} "{arg}"')
    return number


def _number_of(files: Files, path: str, name: str) -> int | None:
    if name == "root":
        return 0
    lines = files.read(path).splitlines() if files.exists(path) else []
    fields = (line.split(":") for line in lines)
    return next((int(number) for owner, _, number, *_ in fields if owner == name and is_digits(number)), None)


def _refused(errno: Errno) -> Iproute2Error:
    return Iproute2Error(1, f"ioctl(TUNSETIFF): {errno.strerror}")


def _add(request: Request) -> Program:
    parsed = _read(request, owners=True)
    _check_device(request)
    if parsed.name is not None and by_name(request.network.links(), parsed.name) is not None:
        raise _refused(Errno.EBUSY)
    _create(request, parsed)
    return 0


def _check_device(request: Request) -> None:
    """A container has no /dev/net/tun unless it is a privileged one."""
    if request.process.context.read_only_sysctls:
        raise Iproute2Error(1, f"open: {Errno.ENOENT.strerror}")


def _create(request: Request, parsed: _TuntapArgs) -> None:
    try:
        request.execute(AddLink(kind="tun", name=parsed.name, options=parsed.options))
    except KernelError as error:
        raise _refused(error.errno) from None


def _delete(request: Request) -> Program:
    """What does not exist is made first, and is no error."""
    parsed = _read(request, owners=False)
    _check_device(request)
    links = request.network.links()
    known = {link.index for link in links}
    device = by_name(links, parsed.name) if parsed.name is not None else None
    if device is None:
        _create(request, parsed)
        device = next(link for link in request.network.links() if link.index not in known)
    elif device.kind != "tun" or device.details.get("type") != parsed.mode:
        raise _refused(Errno.EINVAL)
    request.execute(DeleteLink(device=device.name))
    return 0


def _show(request: Request) -> Program:
    out = request.printer()
    for link in request.network.links():
        if link.kind != "tun":
            continue
        out.open_object()
        out.both("ifname", f"{link.name}:", link.name, Color.IFNAME)
        flags = _flags(link)
        out.both("flags", "".join(f" {flag}" for flag in flags), flags)
        for key in ("user", "group"):
            if key in link.details:
                out.both(key, f" {key} {link.details[key]}", link.details[key])
        if request.options.details:
            out.line()
            out.text("\tAttached to processes:")
            out.data("processes", [])
        out.close_object()
        out.text("\n")
    request.process.write(out.result())
    return 0


def _flags(link: Link) -> list[str]:
    """With packet information the kernel's flags look like a filter (IFF_NOFILTER is IFF_NO_PI)."""
    known = link.details
    set_flags = [flag for flag in _SWITCHES if known.get(flag)]
    order = [flag for flag in ("pi", "one_queue", "multi_queue", "vnet_hdr") if flag in set_flags]
    persist = ["persist"] if known.get("persist", 1) else []
    return [str(known.get("type", "tun")), *order, *persist, *(["filter"] if known.get("pi") else [])]
