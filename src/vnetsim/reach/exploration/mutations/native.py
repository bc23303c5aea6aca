"""Mutations of nft, where it is in use: one rule is deleted or moved; a chain or table is
flushed.

Wide is what leaves a base chain with the policy accept and without the rules that dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnetsim.netfilter.nft.rule import rule_text
from vnetsim.netfilter.nft.tables import NftChain, NftTable
from vnetsim.reach.exploration.mutations.mutation import Mutation, MutationNetns, mutation_netns, quoted

if TYPE_CHECKING:
    from vnetsim.lab import Lab


def nft(lab: Lab) -> Iterator[Mutation]:
    for netns in mutation_netns(lab):
        for table in lab.network(netns.name).native_tables().values():
            for chain in table.chains.values():
                yield from _of_chain(netns, table, chain)
            if any(chain.entries for chain in table.chains.values()):
                yield _typed(netns, f"flush table {table}", wide=not _drops(table))


def _drops(table: NftTable) -> bool:
    """Whether what no rule decides is dropped at each of its hooks."""
    hooks = [chain.hook for chain in table.chains.values() if chain.hook is not None and chain.hook.kind == "filter"]
    return bool(hooks) and all(hook.policy == "drop" for hook in hooks)


def _of_chain(netns: MutationNetns, table: NftTable, chain: NftChain) -> Iterator[Mutation]:
    where = f"{table} {chain.name}"
    for number, entry in enumerate(chain.entries):
        text, delete = rule_text(table, entry.rule), f"delete rule {where} handle {entry.handle}"
        open_wide = text in ("drop", "reject") and not _is_closed(chain)
        yield _typed(netns, delete, wide=open_wide)
        if number < len(chain.entries) - 1:
            yield _typed(netns, delete, f"add rule {where} {text}")
        if number:
            yield _typed(netns, delete, f"insert rule {where} {text}", wide=text == "accept")
    if chain.entries:
        yield _typed(netns, f"flush chain {where}", wide=not _is_closed(chain))
    if chain.hook is not None and chain.hook.kind == "filter":
        policy = "accept" if _is_closed(chain) else "drop"
        yield _typed(netns, f"chain {where} {{ policy {policy}; }}", wide=_is_closed(chain))


def _is_closed(chain: NftChain) -> bool:
    return chain.hook is not None and chain.hook.policy == "drop"


def _typed(netns: MutationNetns, *commands: str, wide: bool = False) -> Mutation:
    return Mutation("nft", tuple(quoted(f"{netns.prefix}nft", command) for command in commands), wide=wide)
