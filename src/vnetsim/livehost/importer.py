"""A collected host as a scenario: a shell script that makes its network, and what that leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vnetsim.livehost.addresses import write_addresses, write_forwarding, write_neighbours
from vnetsim.livehost.devices import CollectedDevices, enslave, make_devices, raise_devices
from vnetsim.livehost.directory import HostDirectory
from vnetsim.livehost.listeners import write_listeners
from vnetsim.livehost.netfilter import write_rulesets
from vnetsim.livehost.outside import configure_outside, make_outside, outside_networks
from vnetsim.livehost.routes import write_routes, write_rules
from vnetsim.livehost.sysctls import write_sysctls
from vnetsim.livehost.writer import HostScriptWriter
from vnetsim.values import frozen

#: What a port of a bridge with STP takes until it forwards, and an address until it is not tentative.
_STP_SECONDS: Final = 35
_DAD_SECONDS: Final = 3
#: Files without which the answers would be about another host, and the command that is missing then.
_NEEDED: Final = ("iptables-save", "ip6tables-save", "nft", "ss")
#: VLAN filtering is not modelled, which the options of a bridge tell; those of its ports are in link.json.
_UNUSED: Final = ("vlan.json", "bridge-link.json")


@frozen
class ImportedHost:
    """The script, and a sentence about each thing that is not in it."""

    script: str
    notes: tuple[str, ...]


def imported_host(path: Path) -> ImportedHost:
    """UsageError, in one sentence, for a directory that is not as collect.sh makes it."""
    host = HostDirectory.read(path)
    devices = CollectedDevices.of(host.namespaces)
    script = HostScriptWriter()
    _topology(host, devices, script)
    for namespace in host.namespaces:
        script.title(f"addresses and routes: {namespace.name or 'the host'}")
        write_routes(devices, namespace, host.tables, script)
        write_rules(namespace, host.tables, script)
        write_neighbours(namespace, script)
        write_forwarding(devices, namespace, script)
    for namespace in host.namespaces:
        script.title(f"rules and servers: {namespace.name or 'the host'}")
        write_rulesets(namespace, "nf_tables" in host.versions.get("iptables", "nf_tables"), script)
        write_listeners(devices, namespace, script)
    _finish(host, devices, script)
    notes = (*script.notes, *(f"not collected: {each}" for each in host.missing if not _is_unused(each)))
    return ImportedHost(_header(host, notes) + "\n".join(_without_empty_parts(script.lines)) + "\n", notes)


def _topology(host: HostDirectory, devices: CollectedDevices, script: HostScriptWriter) -> None:
    """Namespaces and devices, their sysctls, and their addresses."""
    outside = outside_networks(devices)
    script.title("namespaces and devices")
    for namespace in host.namespaces:
        if namespace.name:
            script.run("", "ip", "netns", "add", namespace.name)
    for network in outside:
        make_outside(network, script)
    make_devices(devices, script)
    enslave(devices, script)
    script.title("sysctls")
    for namespace in host.namespaces:
        write_sysctls(devices, namespace, script)
    script.title("devices go up, and have their addresses")
    raise_devices(devices, script)
    write_addresses(devices, script)
    for network in outside:
        script.title(f"outside: {network.name}")
        configure_outside(network, script)


def _finish(host: HostDirectory, devices: CollectedDevices, script: HostScriptWriter) -> None:
    """What could not be collected makes the lab incomplete; then time passes until all ports forward."""
    for note in host.missing:
        file, _, reason = note.partition(": ")
        directory, _, name = file.rpartition("/")
        if directory == "netns" or (name in _NEEDED and " failed: " in reason):
            script.run("", "cat", f"not collected: {note}")
    script.title("time passes")
    stp = any(device.data.get("stp_state") for device in devices.all if device.kind == "bridge")
    script.run("", "sleep", str(_STP_SECONDS if stp else _DAD_SECONDS))


def _is_unused(note: str) -> bool:
    """Whether it is about files that say nothing that the others do not say."""
    return note.partition(":")[0].rpartition("/")[2] in _UNUSED


def _header(host: HostDirectory, notes: tuple[str, ...]) -> str:
    name, date, kernel = (host.versions.get(key, "?") for key in ("hostname", "date", "kernel"))
    lines = [
        "#!/bin/sh",
        f"# The network of the host {name}, collected {date} ({kernel}).",
        "# Connections, learned neighbours, and sysctls that do not decide where packets go are not taken over.",
        *(f"# assumed: {note}" for note in notes),
    ]
    return "\n".join(lines) + "\n"


def _without_empty_parts(lines: list[str]) -> list[str]:
    """Titles that nothing follows are left out."""
    kept: list[str] = []
    for line in reversed(lines):
        following = kept[-1] if kept else ""
        if line.startswith("# ") and not following:
            continue
        if line or following:
            kept.append(line)
    return kept[::-1]
