"""`nft monitor`: what changes in the tables, as it changes (src/monitor.c of nftables 1.0.6).

Not modelled: `ruleset`, `warn`, and what iptables changes in its own tables.  Of packets that are traced it tells the
chains of nft, but none of bridges.  The numbers of generations
count the changes of this namespace, but for tables that a listing of iptables makes.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.event_json import event_json
from vnetsim.netfilter.nft.event_text import event_text, thing_of
from vnetsim.netfilter.nft.events import NftChanges, NftEvent
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.trace import NftTrace, RuleKey, texts
from vnetsim.process import Process
from vnetsim.programs.nft.libnftables import NftOptions, output_context

_VERBS: Final = {"new": ("add", "insert"), "destroy": ("delete",)}
_ALL: Final = ("add", "insert", "delete")
_THINGS: Final = ("tables", "chains", "sets", "rules", "elements")


def monitor(process: Process, options: NftOptions) -> Generator[Wait, Any, int]:
    """The command, whose arguments come behind `monitor`."""
    words = " ".join(options.args).split()[1:]
    refused = sorted(options.letters & {"c", "e"}) or [word for word in words if word in ("ruleset", "warn")]
    if refused:
        raise NotModelled(f"nft monitor with {refused[0]}")
    if words == ["trace"]:
        return (yield from _listen(process, options, (), ("trace",)))
    verbs = _VERBS.get(words[0]) if words else None
    things = words if verbs is None else words[1:]
    if verbs is None and words and words[0] not in _THINGS:
        process.error(f"Error: invalid event {words[0]}\nmonitor {words[0]}\n        {'^' * len(words[0])}\n")
        return 1
    if len(things) > 1 or (things and things[0] not in _THINGS):
        raise NotModelled("nft monitor: a syntax error")
    return (yield from _listen(process, options, verbs or _ALL, tuple(things)))


def text_lines(changes: NftChanges, chosen: Sequence[NftEvent], ctx: OutputContext) -> str:
    """Some events of a transaction, and its generation."""
    lines = [f"{event_text(event, ctx)}\n" for event in chosen]
    return "".join([*lines, f"# new generation {changes.generation} by process {changes.by} ({changes.by_name})\n"])


def json_line(chosen: Sequence[NftEvent], ctx: OutputContext) -> str:
    """The document of `nft -j -e`."""
    return json.dumps({"nftables": [event_json(event, ctx) for event in chosen]}, ensure_ascii=False) + "\n"


def _rules(process: Process, options: NftOptions) -> dict[RuleKey, str]:
    """The texts of all rules, as they are now."""
    ctx = output_context(options.letters, process)
    found: dict[RuleKey, str] = {}
    for table in process.network.native_tables().values():
        for chain in table.chains.values():
            found |= texts(table, chain, ctx)
    return found


def _listen(
    process: Process, options: NftOptions, verbs: tuple[str, ...], things: tuple[str, ...]
) -> Generator[Wait, Any, int]:
    everything = not things and verbs == _ALL
    watch = process.network.watch_ruleset(traces=everything or not verbs)
    rules = _rules(process, options)
    try:
        while True:
            changes: NftChanges | NftTrace | None = (yield watch.receive())[0]
            ctx = output_context(options.letters, process)
            if isinstance(changes, NftTrace):
                process.write("".join(changes.lines(rules, ctx)))
                continue
            if not verbs:
                continue
            if changes is None:
                raise NotModelled("nft monitor beside changes by iptables")
            if everything:
                rules |= _rules(process, options)
            chosen = [
                event
                for event in changes.events
                if event.verb in verbs and (everything or thing_of(event) in (things or _THINGS))
            ]
            if "j" in options:
                process.write(
                    "".join(f"{json.dumps(event_json(event, ctx), ensure_ascii=False)}\n" for event in chosen)
                )
            elif everything:
                process.write(text_lines(changes, chosen, ctx))
            else:
                process.write("".join(f"{event_text(event, ctx)}\n" for event in chosen))
    finally:
        watch.close()
