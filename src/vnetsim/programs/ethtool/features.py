"""What a device does for the protocols: `ethtool -k` and `-K` (ethtool 6.1: netlink/features.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vnetsim.observations import Feature, Link
from vnetsim.operations import SetFeatures
from vnetsim.process import Process
from vnetsim.programs.ethtool.answers import failure, no_such_device, unsupported

#: The exit status where a change is refused.
FAILED: Final = 92
_WANTED_AT: Final = 52

#: Old names by which several features are meant, or one, with their short names.
_OLD: Final[Mapping[str, tuple[str, str]]] = {
    "rx-checksumming": ("rx", "rx-checksum"),
    "tx-checksumming": ("tx", "tx-checksum-*"),
    "scatter-gather": ("sg", "tx-scatter-gather*"),
    "tcp-segmentation-offload": ("tso", "tx-tcp*-segmentation"),
    "generic-segmentation-offload": ("gso", "tx-generic-segmentation"),
    "generic-receive-offload": ("gro", "rx-gro"),
    "large-receive-offload": ("lro", "rx-lro"),
    "rx-vlan-offload": ("rxvlan", "rx-vlan-hw-parse"),
    "tx-vlan-offload": ("txvlan", "tx-vlan-hw-insert"),
    "ntuple-filters": ("ntuple", "rx-ntuple-filter"),
    "receive-hashing": ("rxhash", "rx-hashing"),
}


def _meant(pattern: str, names: Sequence[str]) -> list[str]:
    before, star, after = pattern.partition("*")
    if not star:
        return [name for name in names if name == pattern]
    return [name for name in names if name.startswith(before) and name.endswith(after)]


# --- showing ---------------------------------------------------------------------------------------------------------


def show(process: Process, link: Link | None) -> int:
    """`-k`: the old names first, groups with their members; then the rest."""
    if link is None:
        raise failure(1, no_such_device())
    known = process.network.features(link.name)
    lines = [f"Features for {link.name}:"]
    listed: set[str] = set()
    for name, (_, pattern) in _OLD.items():
        members = _meant(pattern, list(known))
        listed.update(members)
        if "*" in pattern:
            lines.append(f"{name}: {'on' if any(known[member].active for member in members) else 'off'}")
            lines += [f"\t{member}: {_state(known[member])}" for member in members]
        else:
            lines.append(f"{name}: {_state(known[pattern])}")
    lines += [f"{name}: {_state(feature)}" for name, feature in known.items() if name not in listed]
    process.write("\n".join(lines) + "\n")
    return 0


def _state(feature: Feature) -> str:
    state = "on" if feature.active else "off"
    if feature.fixed:
        return f"{state} [fixed]"
    return (
        state if feature.active == feature.requested else f"{state} [requested {'on' if feature.requested else 'off'}]"
    )


# --- changing --------------------------------------------------------------------------------------------------------


def change(process: Process, device: str, link: Link | None, args: Sequence[str]) -> int:
    """`-K`: prints the actual changes where they differ from the requested ones."""
    wanted = _read(args)
    if link is None:
        raise failure(FAILED, no_such_device())
    before = process.network.features(device)
    requested = _expand(device, wanted, list(before))
    process.network.execute(SetFeatures(device=device, features=requested))
    after = process.network.features(device)
    changed = [name for name in after if after[name].active != before[name].active]
    refused = [name for name in requested if after[name].active != requested[name]]
    if refused or any(name not in requested for name in changed):
        process.write(
            "Actual changes:\n"
            + "".join(
                f"{name}: {'on' if after[name].active else 'off'}{_remark(name, requested, after[name])}\n"
                for name in after
                if name in changed or name in refused
            )
        )
    if not changed and (refused or not requested):
        raise failure(1, "Could not change any device features")
    return 0


def _remark(name: str, requested: Mapping[str, bool], now: Feature) -> str:
    if name not in requested:
        return " [not requested]"
    return "" if now.active == requested[name] else f" [requested {'on' if requested[name] else 'off'}]"


def _read(args: Sequence[str]) -> list[tuple[str, bool]]:
    wanted = []
    for at in range(0, len(args), 2):
        state = args[at + 1] if at + 1 < len(args) else None
        if state not in ("on", "off"):
            given = "(null)" if state is None else state
            raise failure(1, f"ethtool (-K): flag '{given}' for parameter '(null)' is not followed by 'on' or 'off'")
        wanted.append((args[at], state == "on"))
    return wanted


def _expand(device: str, wanted: Sequence[tuple[str, bool]], names: Sequence[str]) -> dict[str, bool]:
    """By the kernel's names; the first unknown one is refused with its offset in the request."""
    requested: dict[str, bool] = {}
    offset = _WANTED_AT - 4 + (len(device) + 4) // 4 * 4
    for feature, state in wanted:
        pattern = next((p for name, (short, p) in _OLD.items() if feature in (name, short)), feature)
        members = _meant(pattern, names)
        if not members:
            raise failure(FAILED, f"netlink error: bit name not found (offset {offset})\n{unsupported()}")
        for name in members:
            requested[name] = state
            offset += 8 + (len(name) + 4) // 4 * 4 + 4 * state
    return requested
