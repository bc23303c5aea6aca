"""`ip -d route show table all` and `ip -d rule` read backwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.livehost.addresses import addresses_of, interface
from vnetsim.livehost.devices import CollectedDevices
from vnetsim.livehost.directory import CollectedNamespace, IpRecord
from vnetsim.livehost.writer import HostScriptWriter

#: Keys of a route that are taken over, or that say nothing about where packets go.
_ROUTE_KEYS: Final = frozenset((
    "type", "dst", "gateway", "via", "dev", "table", "protocol", "scope", "prefsrc", "metric", "flags", "metrics",
    "nexthops", "pref", "expires", "src", "srclen", "cache", "error", "age", "ipid", "users", "used", "uid",
))  # fmt: skip
_RULE_KEYS: Final = frozenset((
    "priority", "not", "src", "srclen", "dst", "dstlen", "fwmark", "fwmask", "iif", "oif", "iif_detached",
    "oif_detached", "table", "action", "protocol", "ipproto", "sport", "dport", "sport_start", "sport_end",
    "dport_start", "dport_end", "suppress_prefixlen", "goto", "tos",
))  # fmt: skip
_TIMES: Final = ("rtt", "rttvar", "rto_min")
_DEFAULT_RULES: Final = {"4": {(0, "local"), (32766, "main"), (32767, "default")}, "6": {(0, "local"), (32766, "main")}}
#: Types of routes that the kernel makes of addresses, in the table `local`.
_OF_ADDRESSES: Final = ("local", "broadcast", "multicast", "anycast")


def write_routes(
    devices: CollectedDevices, namespace: CollectedNamespace, tables: dict[str, str], script: HostScriptWriter
) -> None:
    """Routes without a gateway first: those with one need them.  The kernel makes those of addresses itself."""
    down = {device.name for device in devices.inside(namespace) if not device.is_up or device.is_fallback}
    for family in "46":
        made = set(_prefix_routes(devices, namespace))
        command = f"ip -j -d -{family} route show table all"
        found = [
            route
            for route in namespace.records(f"route{family}.json", command, "dst", required=family == "4")
            if not _is_of_address(route, made) and route.get("dev") not in down
        ]
        for route in sorted(found, key=lambda each: "gateway" in each or "via" in each or "nexthops" in each):
            unknown = sorted(set(route) - _ROUTE_KEYS)
            if unknown:
                script.note(namespace, f"route {route['dst']}: {', '.join(unknown)} of it is not taken over")
            options = ("-6",) if family == "6" else ()
            script.run(namespace.name, "ip", *options, "route", "add", *_route(route, tables))


def _prefix_routes(devices: CollectedDevices, namespace: CollectedNamespace) -> Iterator[tuple[str, str]]:
    """Destination and device of the routes that come with addresses."""
    for device in devices.inside(namespace):
        for record in addresses_of(device):
            if not record.get("noprefixroute"):
                network = interface({**record, "local": record.get("address", record["local"])}).network
                host = network.prefixlen == network.max_prefixlen
                yield (str(network.network_address) if host else str(network)), device.name


def _is_of_address(route: IpRecord, made: set[tuple[str, str]]) -> bool:
    if route.get("type") in _OF_ADDRESSES and route.get("protocol") == "kernel":
        return True
    if route.get("protocol") != "kernel" or route.get("table", "main") not in ("main", "local"):
        return False
    return (str(route["dst"]), str(route.get("dev"))) in made or str(route["dst"]).startswith(("fe80::", "ff00::"))


def _route(route: IpRecord, tables: dict[str, str]) -> Iterator[str]:
    kind = str(route.get("type", "unicast"))
    if kind != "unicast":
        yield kind
    yield str(route["dst"])
    if "src" in route:
        yield from ("from", f"{route['src']}/{route['srclen']}" if "srclen" in route else str(route["src"]))
    yield from _hop(route)
    for key, word in {"scope": "scope", "prefsrc": "src", "metric": "metric"}.items():
        if key in route and (key, route[key]) not in (("scope", "global"), ("metric", 1024)):
            yield from (word, str(route[key]))
    if "onlink" in route.get("flags", ()):
        yield "onlink"
    yield from _attributes(route, tables)
    for hop in route.get("nexthops", ()):
        yield from ("nexthop", *_hop(hop), "weight", str(hop.get("weight", 1)))
        if "onlink" in hop.get("flags", ()):
            yield "onlink"


def _attributes(route: IpRecord, tables: dict[str, str]) -> Iterator[str]:
    if route.get("protocol") in ("static", "dhcp", "kernel"):
        yield from ("proto", str(route["protocol"]))
    if route.get("table", "main") != "main":
        yield from ("table", tables.get(route["table"], str(route["table"])))
    for metrics in route.get("metrics", ()):
        yield from _metrics(metrics)


def _metrics(metrics: IpRecord) -> Iterator[str]:
    """Times are in milliseconds; JSON has no locks."""
    for name, value in metrics.items():
        if name == "ecn":
            yield from ("features", "ecn")
        elif name == "congestion":
            yield from ("congctl", str(value))
        else:
            yield from (name, f"{value}ms" if name in _TIMES else str(value))


def _hop(hop: IpRecord) -> Iterator[str]:
    if "gateway" in hop:
        yield from ("via", str(hop["gateway"]))
    elif "via" in hop:
        yield from ("via", str(hop["via"].get("family")), str(hop["via"].get("host")))
    if "dev" in hop:
        yield from ("dev", str(hop["dev"]))


def write_rules(namespace: CollectedNamespace, tables: dict[str, str], script: HostScriptWriter) -> None:
    for family in "46":
        file, options = f"rule{family}.json", ("-6",) if family == "6" else ()
        found = namespace.records(file, f"ip -j -d -{family} rule show", "priority")
        plain = {(rule["priority"], rule.get("table")) for rule in found if _is_plain(rule)}
        for rule in found:
            if (rule["priority"], rule.get("table")) in _DEFAULT_RULES[family] and _is_plain(rule):
                continue
            unknown = sorted(set(rule) - _RULE_KEYS)
            if unknown:
                script.note(namespace, f"rule {rule['priority']}: {', '.join(unknown)} of it is not taken over")
            script.run(namespace.name, "ip", *options, "rule", "add", *_rule(rule, tables))
        for priority, table in sorted(_DEFAULT_RULES[family] - plain) if found else ():
            script.run(namespace.name, "ip", *options, "rule", "del", "pref", str(priority), "lookup", table)


def _is_plain(rule: IpRecord) -> bool:
    return rule.get("src") == "all" and set(rule) <= {"priority", "src", "table", "protocol"}


def _rule(rule: IpRecord, tables: dict[str, str]) -> Iterator[str]:
    if "not" in rule:
        yield "not"
    yield from ("pref", str(rule["priority"]))
    for key, word in {"src": "from", "dst": "to"}.items():
        if key in rule:
            yield from (word, f"{rule[key]}/{rule[f'{key}len']}" if f"{key}len" in rule else str(rule[key]))
    if "fwmark" in rule:
        yield from ("fwmark", "/".join(str(rule[key]) for key in ("fwmark", "fwmask") if key in rule))
    for key in ("tos", "iif", "oif", "ipproto", "sport", "dport"):
        if key in rule:
            yield from (key, str(rule[key]))
        elif f"{key}_start" in rule:
            yield from (key, f"{rule[f'{key}_start']}-{rule[f'{key}_end']}")
    yield from _action(rule, tables)


def _action(rule: IpRecord, tables: dict[str, str]) -> Iterator[str]:
    if "table" in rule:
        yield from ("lookup", tables.get(rule["table"], str(rule["table"])))
    if rule.get("suppress_prefixlen", -1) != -1:
        yield from ("suppress_prefixlength", str(rule["suppress_prefixlen"]))
    if "goto" in rule:
        yield from ("goto", str(rule["goto"]))
    elif "action" in rule:
        yield str(rule["action"])
