"""Saved rules: those of iptables as they are, and of nft what iptables does not have."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.livehost.directory import CollectedNamespace
from vnetsim.livehost.writer import HostScriptWriter

_TABLE: Final = re.compile(r"^table (\S+) (\S+) \{")


def write_rulesets(namespace: CollectedNamespace, uses_nft: bool, script: HostScriptWriter) -> None:
    """`uses_nft`: whether the iptables of the host keeps its rules in tables of nft, which list them again."""
    covered: set[tuple[str, str]] = set()
    for family, prefix in (("ip", "iptables"), ("ip6", "ip6tables")):
        for file in (f"{prefix}-save", f"{prefix}-legacy-save"):
            text = namespace.text(file)
            tables = _saved_tables(text)
            if uses_nft and "legacy" not in file:
                covered |= {(family, name) for name in tables}
            kept = "\n".join(body for body in tables.values() if not _is_empty(body))
            if kept:
                options = " --noflush" if "legacy" in file else ""
                script.feed(namespace.name, f"{prefix}-restore{options}", kept)
    kept = "\n".join(body for name, body in _nft_tables(namespace.text("nft")) if name not in covered)
    if kept:
        script.feed(namespace.name, "nft -f -", kept)


def _saved_tables(text: str) -> dict[str, str]:
    """Each table of a dump, from its `*NAME` to its COMMIT, without comments."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("*"):
            lines = found.setdefault(line[1:].strip(), [])
        if line and not line.startswith("#"):
            lines.append(line)
    return {name: "\n".join(body) for name, body in found.items()}


def _is_empty(table: str) -> bool:
    """Whether it has no rules and no chains but built-in ones that accept."""
    return all(re.match(r"\*|COMMIT|:[A-Z]+ ACCEPT ", line) for line in table.splitlines())


def _nft_tables(text: str) -> list[tuple[tuple[str, str], str]]:
    found: list[tuple[tuple[str, str], list[str]]] = []
    for line in text.splitlines():
        match = _TABLE.match(line)
        if match:
            found.append(((match[1], match[2]), []))
        if found and not line.startswith("#"):
            found[-1][1].append(line)
    return [(name, "\n".join(lines)) for name, lines in found]
