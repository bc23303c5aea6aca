"""/etc/docker/daemon.json: its directives, and how dockerd refuses it (daemon/config/config.go of moby 28.5).

Its directives become flags of dockerd's command line, which `options` reads.

Not modelled: directives that do not concern networks; they are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from vnetsim.errors import NotModelled, UsageError

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
PATH: Final = "/etc/docker/daemon.json"
#: Directive: the equivalent flag, and the type in the file.
_STRING, _NUMBER, _BOOL, _STRINGS, _POOLS, _OPTIONS = "string", "int", "bool", "[]string", "pools", "options"
_DIRECTIVES: Final = {
    **{name: (name, _STRING) for name in ("bip", "bip6", "fixed-cidr", "fixed-cidr-v6", "bridge", "log-level")},
    **{name: (name, "net.IP") for name in ("default-gateway", "default-gateway-v6", "ip")},
    "mtu": ("mtu", _NUMBER),
    **{
        name: (name, _BOOL)
        for name in (
            "allow-direct-routing", "debug", "icc", "ip-forward", "ip-forward-no-drop", "ip-masq", "ip6tables",
            "iptables", "ipv6", "userland-proxy",
        )
    },
    "dns": ("dns", "[]net.IP"),
    "dns-opts": ("dns-opt", _STRINGS),
    "dns-search": ("dns-search", _STRINGS),
    "host-gateway-ip": ("host-gateway-ip", "net.IP"),
    "host-gateway-ips": ("host-gateway-ip", "[]netip.Addr"),
    "default-address-pools": ("default-address-pool", _POOLS),
    "default-network-opts": ("default-network-opt", _OPTIONS),
}  # fmt: skip
#: Directives of dockerd that are not modelled.
_UNMODELLED: Final = """
    add-runtime allow-nondistributable-artifacts api-cors-header authorization-plugins builder cdi-spec-dirs
    cgroup-parent containerd containerd-namespace containerd-plugin-namespace cpu-rt-period cpu-rt-runtime
    cri-containerd data-root default-cgroupns-mode default-ipc-mode default-runtime default-shm-size default-ulimits
    exec-opts exec-root experimental features graph group hosts http-proxy https-proxy init init-path
    insecure-registries labels live-restore log-driver log-format log-opts max-concurrent-downloads
    max-concurrent-uploads max-download-attempts metrics-addr network-control-plane-mtu no-new-privileges no-proxy
    node-generic-resources pidfile proxies raw-logs registry-mirrors rootless runtimes seccomp-profile selinux-enabled
    shutdown-timeout storage-driver storage-opts swarm-default-advertise-addr tls tlscacert tlscert tlskey tlsverify
    userland-proxy-path userns-remap validate
    """


def directives(text: str) -> dict[str, Any]:
    """The directives of the file, or UsageError with dockerd's message; an empty file has none."""
    if not text.strip():
        return {}
    try:
        content = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise UsageError(f"invalid JSON: {_syntax_error(text, error)}") from None
    except RecursionError:
        raise UsageError("invalid JSON: exceeded max depth") from None
    except ValueError:  # a number of thousands of digits
        raise UsageError("invalid JSON: json: cannot unmarshal number into Go value of type float64") from None
    content = _without_surrogates(content)
    if not isinstance(content, dict):
        message = f"cannot unmarshal {_kind(content)} into Go value of type map[string]interface {{}}"
        raise UsageError(f"invalid JSON: json: {message}")
    unknown = sorted(set(content) - set(_DIRECTIVES) - set(_UNMODELLED.split()))
    if unknown:
        raise UsageError(f"the following directives don't match any configuration option: {', '.join(unknown)}")
    return content


def _without_surrogates(value: object) -> object:
    """As encoding/json reads text: half of a surrogate pair, and bytes that are no UTF-8, are U+FFFD."""
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(each) for each in value]
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def check_conflicts(content: Mapping[str, Any], given: Mapping[str, Sequence[str]]) -> None:
    """findConfigurationConflicts: UsageError if a `given` flag is a directive of the file, too."""
    conflicts = []
    for name, value in sorted(content.items()):
        flag = _DIRECTIVES.get(name, (name, ""))[0]
        if flag in given:
            flag_text = _flag_value(name, given[flag])
            conflicts.append(f"{name}: (from flag: {flag_text}, from file: {_verb_v(value)})")
    if conflicts:
        message = "the following directives are specified both as a flag and in the configuration file"
        raise UsageError(f"{message}: {', '.join(conflicts)}")


def as_flags(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Flag and value for each directive; UsageError for a value of the wrong type, NotModelled for others."""
    flags: list[tuple[str, str]] = []
    for name, value in content.items():
        if value is None:
            continue
        if name not in _DIRECTIVES:
            raise NotModelled(f"{name} in {PATH}")
        flag, kind = _DIRECTIVES[name]
        flags += [(flag, text) for text in _texts(name, kind, value)]
    return flags


# --- values --------------------------------------------------------------------------------------------------------


def _texts(name: str, kind: str, value: object) -> list[str]:
    if kind == _POOLS:
        return _pools(value)
    if kind == _OPTIONS:
        return _options(name, value)
    if kind.startswith("[]"):
        if not isinstance(value, list):
            raise _mismatch(name, kind, value)
        return [_text(name, kind[2:], item) for item in value]
    text = _text(name, kind, value)
    # An old directive, whose value goes through net.IP: four octets come out as sixteen.
    return [f"::ffff:{text}" if name == "host-gateway-ip" and "." in text and ":" not in text else text]


def _text(name: str, kind: str, value: object) -> str:
    wanted: type = {_NUMBER: int, _BOOL: bool}.get(kind, str)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise _mismatch(name, kind, value)
    return str(value).lower() if wanted is bool else str(value)


def _pools(value: object) -> list[str]:
    if not isinstance(value, list):
        message = f"cannot unmarshal {_kind(value)} into Go value of type []*ipamutils.NetworkToSplit"
        raise UsageError(f"invalid JSON: json: {message}")
    for pool in value:
        if not isinstance(pool, dict):
            message = f"cannot unmarshal {_kind(pool)} into Go value of type ipamutils.NetworkToSplit"
            raise UsageError(f"invalid JSON: json: {message}")
    return [f"base={pool.get('base', '')},size={pool.get('size', 0)}" for pool in value]


def _options(name: str, value: object) -> list[str]:
    if not isinstance(value, dict):
        raise _mismatch(name, "map[string]map[string]string", value)
    found = []
    for driver, options in value.items():
        for option, text in options.items():
            if not isinstance(text, str):
                raise _mismatch(f"{name}.{driver}.{option}", _STRING, text)
            found.append(f"{driver}={option}={text}")
    return found


def _mismatch(name: str, kind: str, value: object) -> UsageError:
    message = f"cannot unmarshal {_kind(value)} into Go struct field Config.{name} of type {kind}"
    return UsageError(f"invalid JSON: json: {message}")


def _kind(value: object) -> str:
    """What encoding/json calls a value of this type."""
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _verb_v(value: object) -> str:
    """fmt's %v of what encoding/json makes of a value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(map(_verb_v, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{_verb_v(item)}' for key, item in sorted(value.items()))}]"
    return str(value)


def _flag_value(name: str, given: Sequence[str]) -> str:
    """fmt's %v of a flag's value."""
    kind = _DIRECTIVES.get(name, (name, _STRING))[1]
    if kind == _POOLS:
        fields = [dict(part.split("=", 1) for part in text.split(",")) for text in given]
        return " ".join(f"{pool['base']} {pool['size']}" for pool in fields)
    if kind == _OPTIONS:
        nested: dict[str, dict[str, str]] = {}
        for text in given:
            driver, option, value = text.split("=", 2)
            nested.setdefault(driver, {})[option] = value
        return _verb_v(nested)
    return f"[{' '.join(given)}]" if kind.startswith("[]") else given[-1]


# --- syntax --------------------------------------------------------------------------------------------------------


def _no_constant(text: str) -> None:
    raise json.JSONDecodeError("Expecting value", text, 0)


def _syntax_error(text: str, error: json.JSONDecodeError) -> str:
    """encoding/json's message for a syntax error that Python's json found."""
    at = error.pos
    if error.msg.startswith("Illegal trailing comma"):
        at += 1 + len(text[at + 1 :]) - len(text[at + 1 :].lstrip())
    if at >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    inside = _open_bracket(text[:at])
    places = {
        "Expecting property name": "looking for beginning of object key string",
        "Illegal trailing comma before end of object": "looking for beginning of object key string",
        "Expecting ',' delimiter": "after object key:value pair" if inside == "{" else "after array element",
        "Expecting ':' delimiter": "after object key",
        "Extra data": "after top-level value",
        "Invalid control character": "in string literal",
        "Invalid \\escape": "in string escape code",
    }
    place = next((message for start, message in places.items() if error.msg.startswith(start)), None)
    shown = {"'": "\\'", "\n": "\\n", "\t": "\\t"}.get(text[at], text[at])
    return f"invalid character '{shown}' {place or 'looking for beginning of value'}"


def _open_bracket(text: str) -> str:
    """The innermost bracket that is still open."""
    brackets: list[str] = []
    quoted = escaped = False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            quoted = True
        elif character in "{[":
            brackets.append(character)
        elif character in "}]" and brackets:
            brackets.pop()
    return brackets[-1] if brackets else ""
