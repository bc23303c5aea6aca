"""The most pulled images, as their public Dockerfiles declare them: `catalogue.json`.

Each entry has `source` (repository, commit and path of the Dockerfile), `kind`, `base`, `expose`, `entrypoint`, `cmd`,
`listens` if the server listens on other ports than it exposes, `subcommands` that the entrypoint passes to the server,
`programs` besides those of the base, and `healthcheck` as the engine has it.  The file is read at the first lookup.

`php:apache` is the variant of php that tags like `apache` and `8.4-apache-trixie` name.  Tags with a part `alpine` or
`slim` are built on these bases.  No other tag changes what an image does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

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


@lru_cache(256)
def entry_of(name: str, tag: str) -> CatalogueEntry | None:
    """Of the variant that the tag names; None for an image that the catalogue lacks."""
    variants = (variant for known, _, variant in map(_split, entries()) if known == name and variant)
    found = next((f"{name}:{each}" for each in variants if re.search(rf"(?:^|-){each}(?:-|$)", tag)), name)
    entry = entries().get(found)
    return entry if entry is None else attrs.evolve(entry, base=_base(entry.base, tag))


def _split(name: str) -> tuple[str, str, str]:
    return name.partition(":")


def _base(base: str, tag: str) -> str:
    if base.startswith("debian"):
        found = re.search(r"(?:^|-)(alpine|slim)", tag)
        return base if found is None else {"alpine": "alpine", "slim": "debian-slim"}[found[1]]
    return base


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
