"""`ip` of busybox: address, link, route, neigh, rule (networking/ip.c, libiproute).

It does what that of iproute2 does, with fewer options, and prints it in the form of 1.36 (alpine) and 1.38 (busybox),
recorded in tests/recorded/docker/public_ip.json.  Not modelled: tunnel, `link add|del`, `rule flush`, and refusals for
which iproute2 prints the kernel's own sentence, where busybox prints the name of an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.busybox.appletlib import AppletOptions, is_musl
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import argument, flag
from vnetsim.values import define

_OBJECTS: Final = ("address", "link", "neigh", "route", "rule", "tunnel", "tunl")
_LISTS: Final = ("show", "list", "lst")
_USAGE: Final = 1
_REFUSED: Final = 2
_ANSWER: Final = "RTNETLINK answers: "
_NO_DEVICE: Final = re.compile(r'(?:Cannot find device|Device) "(.*?)"')
#: What musl and glibc say differently.
_MUSL: Final = {"Network is unreachable": "Network unreachable", "Operation not supported": "Not supported"}
#: Sentences of the kernel (extack), and the errors that they come with.
_SENTENCES: Final = {
    "Error: Nexthop has invalid gateway.": Errno.ENETUNREACH.strerror,
    "Error: ipv4: Address already assigned.": Errno.EEXIST.strerror,
    "Error: ipv6: address already assigned.": Errno.EEXIST.strerror,
    "Error: ipv4: Address not found.": "Address not available",
}
#: `ip link set`: SIOCSIFFLAGS, and the SIOCGIFFLAGS before it.
_SET_FLAGS, _GET_FLAGS = "0x8914", "0x8913"


@define
class IpAppletOptions(AppletOptions):
    applet = "ip"
    usage_name = "ip"
    getopt_long = False

    family: str = argument("-f", default="")
    ipv4: bool = flag("-4")
    ipv6: bool = flag("-6")
    link_layer: bool = flag("-0")
    oneline: bool = flag("-o")


def main(process: Process, args: Sequence[str]) -> Coroutine[int]:
    count = next((index for index, arg in enumerate(args) if not arg.startswith("-")), len(args))
    leading = list(args[:count])
    if leading and leading[-1] in ("-f", "-family") and count < len(args):
        count += 1
        leading.append(args[count - 1])
    options = _read(process, leading)
    words = list(args[count:])
    kind = next((each for each in _OBJECTS if words and each.startswith(words[0])), None)
    if kind is None:
        raise Exit(_USAGE, stderr=options.usage)
    if kind in ("tunnel", "tunl"):
        raise NotModelled("busybox ip tunnel")
    if kind == "link" and words[1:2] and words[1] not in (*_LISTS, "set"):
        raise NotModelled(f"busybox ip link {words[1]}")
    return (yield from _Ip(process, options, kind, words[1:]).run())


def _read(process: Process, leading: Sequence[str]) -> IpAppletOptions:
    known = {"-family": "-f", "-oneline": "-o"}
    args = [known.get(each, each) for each in leading]
    bare = IpAppletOptions(process)
    if any(each not in ("-4", "-6", "-0", "-o", "-f", "inet", "inet6", "link") for each in args):
        raise Exit(_USAGE, stderr=bare.usage)
    options = IpAppletOptions.read(process, args)
    if options.link_layer or options.family == "link":
        raise NotModelled("busybox ip of the link layer alone")
    options.ipv4 = options.ipv4 or options.family == "inet"
    options.ipv6 = options.ipv6 or options.family == "inet6"
    return options


class _Text:
    """An Output that keeps what is written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def close(self) -> None: ...


class _Ip:
    """One command; `words` are those behind the object."""

    def __init__(self, process: Process, options: IpAppletOptions, kind: str, words: list[str]) -> None:
        self._process, self._options, self._kind, self._words = process, options, kind, words
        self._shows = not words or words[0] in _LISTS or (kind == "address" and words[0] in ("dev", "to", "scope"))

    def run(self) -> Coroutine[int]:
        family = ["-4"] * self._options.ipv4 + ["-6"] * self._options.ipv6
        neighbours = ["-s"] * (self._kind == "neigh")
        words = self._words
        at = words.index("dev") if self._kind == "route" and self._shows and "dev" in words[:-1] else len(words)
        line = [*family, *neighbours, *["-o"] * self._options.oneline, self._kind, *words[:at], *words[at + 2 :]]
        status, shown, problem = yield from self._iproute2(line)
        if problem.startswith("Error: ipv4: FIB table does not exist."):
            return 0
        if self._kind == "route" and self._shows and self._options.ipv6 and "table" not in self._words:
            _, local, _ = yield from self._iproute2([*family, "route", "show", "table", "local"])
            shown += "".join(each for each in local.splitlines(keepends=True) if each.startswith("multicast"))
        lines = [
            line for line in shown.splitlines(keepends=True) if at == len(words) or f" dev {words[at + 1]} " in line
        ]
        self._process.write("".join(map(self._line, lines)))
        return status if not problem else self._refused(status, problem)

    def _iproute2(self, line: Sequence[str]) -> Coroutine[tuple[int, str, str]]:
        process, shown, problem = self._process, _Text(), _Text()
        context = attrs.evolve(process.context, busybox="")
        child = process.spawn(["ip", *line], context=context, stdout=shown, stderr=problem)
        status: int = yield child.wait()
        return status, shown.text, problem.text

    # --- what it prints ----------------------------------------------------------------------------------------------

    def _line(self, line: str) -> str:
        match self._kind:
            case "address" | "link":
                return self._device(line)
            case "route":
                return _route(line)
            case "neigh":
                return _neighbour(line)
        return line.replace("\n", " \n")

    def _device(self, line: str) -> str:
        line = re.sub(r" proto \w+| link-netnsid \d+| link-netns \S+| mode DEFAULT| group \w+", "", line)
        if line.startswith(" "):
            return line.replace(" nodad", " flags 02")
        if "@if" in line.partition(": <")[0] and ",M-DOWN>" not in line:
            line = line.replace("> mtu", ",M-DOWN> mtu")
        if self._options.ipv6:
            line = re.sub(r" qdisc \w+", "", line)
        if self._process.context.busybox.startswith("v1.38"):
            line = re.sub(r" state \w+", "", line)
        line = line.replace(" qlen 0", "").rstrip()
        if self._options.oneline:
            return re.sub(r"(state \w+|noqueue)\\", r"\1 \\", line) + "\n"
        return f"{line}\n" if " qlen " in line else f"{line} \n"

    # --- what it says when the kernel refuses ------------------------------------------------------------------------

    def _refused(self, status: int, problem: str) -> int:
        first = problem.splitlines()[0]
        if first.startswith(NotModelled.PREFIX):
            self._process.error(problem)
            return status
        self._process.error(f"ip: {self._words_for(first)}\n")
        if missing := _NO_DEVICE.match(first):
            return _USAGE if missing and self._kind != "link" else _REFUSED
        return _REFUSED if first.startswith((_ANSWER, "Error: ")) else _USAGE

    def _words_for(self, first: str) -> str:
        missing = _NO_DEVICE.match(first)
        sets = self._kind == "link" and not self._shows
        if missing:
            return f"ioctl {_GET_FLAGS} failed: No such device" if sets else f"can't find device '{missing[1]}'"
        if first.startswith("Command "):
            return f"invalid argument '{self._words[0]}' to 'ip'"
        if first.startswith("Error: ") and first not in _SENTENCES:
            raise NotModelled(f"how busybox ip says `{first}`")
        why = _SENTENCES.get(first, first.removeprefix(_ANSWER))
        why = _MUSL.get(why, why) if is_musl(self._process) else why
        if sets and {"up", "down"} & set(self._words) and first.startswith(_ANSWER):
            return f"ioctl {_SET_FLAGS} failed: {why}"
        if not first.startswith((_ANSWER, "Error: ")):
            raise NotModelled(f"how busybox ip says `{first}`")
        return f"{_ANSWER}{why}"


def _route(line: str) -> str:
    if line.startswith("    cache"):
        return ""
    line = re.sub(r" proto \w+| pref \w+| uid \d+| linkdown", "", line)
    return re.sub(r" (src|metric) ", r"  \1 ", line).rstrip() + " \n"


def _neighbour(line: str) -> str:
    """What iproute2 shows with -s."""
    line = re.sub(r" +(used|ref)", r" \1", line).rstrip()
    line = re.sub(r"(used [\d/]+?) *probes", r"\1 probes", line)
    return f"{line if ' lladdr ' in line else line.replace(' used', '  used')}\n"
