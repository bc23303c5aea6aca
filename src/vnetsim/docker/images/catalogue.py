"""The most pulled images, as their public Dockerfiles declare them: `catalogue.json`.

Each entry has `source` (repository, commit and path of the Dockerfile), `kind`, `base`, `expose`, `entrypoint`, `cmd`,
`listens` if the server listens on other ports than it exposes, `subcommands` that the entrypoint passes to the server,
`programs` besides those of the base, and `healthcheck` as the engine has it.  The file is read at the first lookup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.packagedata import data_text
from vnetsim.values import frozen


@frozen
class CatalogueEntry:
    """What one Dockerfile declares."""

    kind: str
    base: str
    source: str
    exposed: tuple[str, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    listens: tuple[str, ...]
    subcommands: tuple[str, ...]
    programs: frozenset[str]
    health_check: Json | None = attrs.field(eq=False)


@cache
def entries() -> Mapping[str, CatalogueEntry]:
    """By familiar name."""
    text = data_text("vnetsim.docker.images", "catalogue.json")
    return {name: _entry(**fields) for name, fields in json.loads(text).items()}


def _entry(
    *, kind: str, base: str, source: str, expose: list[str], entrypoint: list[str], cmd: list[str],
    listens: list[str] | None = None, subcommands: Sequence[str] = (), programs: Sequence[str] = (),
    healthcheck: Json | None = None,
) -> CatalogueEntry:  # fmt: skip
    listening = tuple(expose if listens is None else listens)
    return CatalogueEntry(
        kind,
        base,
        source,
        tuple(expose),
        tuple(entrypoint),
        tuple(cmd),
        listening,
        tuple(subcommands),
        frozenset(programs),
        healthcheck,
    )
