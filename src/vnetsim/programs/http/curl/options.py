"""curl's command line (src/tool_getparam.c): options and URLs in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import NotModelled

_MILLISECONDS: Final = 1_000_000


class CurlOptionError(Exception):
    """An option cannot be used; the text says why."""


@attrs.define
class CurlOptions:
    """Times are in nanoseconds; `outputs` belong to the URLs in order, `-` and None being standard output."""

    urls: list[str] = attrs.field(factory=list)
    outputs: list[str | None] = attrs.field(factory=list)
    silent: bool = False
    show_error: bool = False
    verbose: bool = False
    fail: bool = False
    include: bool = False
    head: bool = False
    follow: bool = False
    get: bool = False
    as_is: bool = False
    http09: bool = False
    old_version: bool = False
    show_version: bool = False
    version: int | None = None
    max_time: int | None = None
    connect_timeout: int | None = None
    method: str | None = None
    data: list[str] = attrs.field(factory=list)
    headers: list[str] = attrs.field(factory=list)
    agent: str | None = None
    user: str | None = None
    byte_range: str | None = None
    #: --local-port: the first that is free.
    local_ports: range = range(0)
    interface: str | None = None
    resolve: list[str] = attrs.field(factory=list)
    write_out: str | None = None
    most_redirects: int = 50
    referer: str | None = None


#: Options without an argument: what they set.
_SWITCHES: Final = {
    "s": "silent", "silent": "silent", "S": "show_error", "show-error": "show_error", "v": "verbose",
    "verbose": "verbose", "f": "fail", "fail": "fail", "i": "include", "include": "include", "I": "head",
    "head": "head", "L": "follow", "location": "follow", "G": "get", "get": "get", "path-as-is": "as_is",
    "http0.9": "http09", "0": "old_version", "http1.0": "old_version", "V": "show_version", "version": "show_version",
}  # fmt: skip
#: Without an effect on what is modelled: -k, -N, -#, -g, -n ...
_IGNORED: Final = frozenset({
    "k", "insecure", "N", "no-buffer", "no-progress-meter", "g", "globoff", "http1.1", "compressed", "tcp-nodelay",
    "no-keepalive", "q", "disable", "noproxy", "keepalive-time",
})  # fmt: skip
_WITH_VALUE: Final = {
    "o": "output", "output": "output", "m": "max_time", "max-time": "max_time", "connect-timeout": "connect_timeout",
    "X": "method", "request": "method", "d": "data", "data": "data", "data-raw": "data", "data-ascii": "data",
    "H": "headers", "header": "headers", "A": "agent", "user-agent": "agent", "u": "user", "user": "user",
    "r": "byte_range", "range": "byte_range", "local-port": "local_ports", "interface": "interface",
    "resolve": "resolve",
    "w": "write_out", "write-out": "write_out", "max-redirs": "most_redirects", "url": "urls", "e": "referer",
    "referer": "referer", "noproxy": "noproxy", "keepalive-time": "keepalive-time",
}  # fmt: skip
#: What curl has besides; True takes an argument.
_OTHERS: Final = {
    "b": True, "cookie": True, "c": True, "cookie-jar": True, "F": True, "form": True, "T": True, "upload-file": True,
    "x": True, "proxy": True, "K": True, "config": True, "E": True, "cert": True, "cacert": True, "C": True,
    "continue-at": True, "D": True, "dump-header": True, "retry": True, "retry-delay": True, "limit-rate": True,
    "y": True, "Y": True, "z": True, "t": True, "Q": True, "P": True, "U": True, "trace": True, "trace-ascii": True,
    "data-binary": True, "data-urlencode": True, "unix-socket": True, "dns-servers": True, "key": True, "json": True,
    "output-dir": True, "stderr": True, "connect-to": True, "preproxy": True, "socks5": True, "haproxy-protocol": False,
    "a": False, "j": False, "l": False, "p": False, "B": False, "J": False, "R": False, "Z": False, "#": False,
    "progress-bar": False, "n": False, "M": False, "manual": False, "h": False, "help": False, "1": False, "2": False,
    "3": False, "http2": False, "http3": False, "fail-with-body": False, "create-dirs": False, "parallel": False,
    "remove-on-error": False, "retry-connrefused": False, "raw": False, "tlsv1.2": False, "next": False, ":": False,
}  # fmt: skip
_NUMBERS: Final = frozenset({"max_time", "connect_timeout"})


def parse(args: Sequence[str]) -> CurlOptions:
    options, rest = CurlOptions(), list(args)
    while rest:
        arg = rest.pop(0)
        if arg == "--":
            options.urls += rest
            break
        if arg.startswith("--"):
            _long(options, arg, rest)
        elif arg.startswith("-") and arg != "-":
            _short(options, arg, rest)
        else:
            options.urls.append(arg)
    return options


def _long(options: CurlOptions, arg: str, rest: list[str]) -> None:
    name = arg[2:]
    positive = name.removeprefix("no-")
    if name in ("ipv4", "ipv6"):
        options.version = int(name[-1])
    elif name == "remote-name":
        options.outputs.append("")
    elif name in _SWITCHES:
        setattr(options, _SWITCHES[name], True)
    elif positive in _SWITCHES:
        setattr(options, _SWITCHES[positive], False)
    elif name in _WITH_VALUE:
        _set(options, arg, _WITH_VALUE[name], _value(arg, rest))
    elif name not in _IGNORED:
        _other(name, arg)


def _short(options: CurlOptions, arg: str, rest: list[str]) -> None:
    letters = arg[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in "46":
            options.version = int(letter)
        elif letter == "O":
            options.outputs.append("")
        elif letter in _SWITCHES:
            setattr(options, _SWITCHES[letter], True)
        elif letter in _WITH_VALUE:
            _set(options, f"-{letter}", _WITH_VALUE[letter], letters or _value(f"-{letter}", rest))
            return
        elif letter not in _IGNORED:
            _other(letter, arg)


def _other(name: str, arg: str) -> None:
    if name in _OTHERS:
        raise NotModelled(f"curl {'-' if len(name) == 1 else '--'}{name}")
    raise CurlOptionError(f"option {arg}: is unknown")


def _value(arg: str, rest: list[str]) -> str:
    if not rest:
        raise CurlOptionError(f"option {arg}: requires parameter")
    return rest.pop(0)


def _set(options: CurlOptions, arg: str, name: str, value: str) -> None:
    if name == "output":
        options.outputs.append(value)
    elif name in ("urls", "data", "headers", "resolve"):
        getattr(options, name).append(value)
    elif name in _NUMBERS:
        setattr(options, name, _seconds(arg, value))
    elif name == "local_ports":
        first = _matched(arg, value, r"(\d+)(?:-\d+)?")
        options.local_ports = range(int(first), int(value.rpartition("-")[2]) + 1)
    elif name == "most_redirects":
        options.most_redirects = int(_matched(arg, value, r"(-?\d+)"))
    elif name not in _IGNORED:
        setattr(options, name, value)


def _seconds(arg: str, value: str) -> int:
    seconds = float(_matched(arg, value, r"(\d*\.?\d+)"))
    # Shorter than a millisecond is not asked for.
    return int(seconds * 1000) * _MILLISECONDS


def _matched(arg: str, value: str, pattern: str) -> str:
    found = re.fullmatch(pattern, value)
    if found is None:
        raise CurlOptionError(f"option {arg}: expected a proper numerical parameter")
    return found[1]
