"""The most pulled images, as their public Dockerfiles declare them: `catalogue.json`.

Each entry has `source` (repository, commit and path of the Dockerfile), `kind`, `base`, `expose`, `entrypoint`, `cmd`,
`listens` if the server listens on other ports than it exposes, `subcommands` that the entrypoint passes to the server,
`programs` besides those of the base, `volumes`, `workdir`, `stopsignal`, and `healthcheck` as the engine has it.
`requires` is what the entrypoint script demands before it runs the server, `local_unless` the directories without whose
contents the server listens at the loopback addresses alone, `documents` what a web server serves if it is there,
`stops` the signals on which it ends with status 0, `configuration` the syntax of the files that say where it listens
(see daemon/serverconfig.py).  The file is read at the first lookup.

`php:apache` is the variant of php that tags like `apache` and `8.4-apache-trixie` name.  Tags with a part `alpine` or
`slim` are built on these bases.  No other tag changes what an image does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache, partial

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.packagedata import data_text
from vnetsim.values import frozen


@frozen
class Requirement:
    """What an entrypoint demands: of each of `settings`, variables of which one must be set (`NAME`, or `NAME=VALUE`).

    It demands nothing where the file `unless` is (or the directory, if it ends in `/`), which the server makes when it
    has started, or where something is mounted in one of `configured`.  Else it prints `text` (with a `stamp`: the time
    and the level before it) to standard error, and ends with status 1.
    """

    settings: tuple[tuple[str, ...], ...]
    text: str
    unless: str = ""
    configured: tuple[str, ...] = ()
    stamp: bool = False

    def missing(self, environment: Mapping[str, str]) -> list[tuple[str, ...]]:
        """Those of `settings` of which none is set."""
        return [names for names in self.settings if not any(map(partial(is_set, environment), names))]

    def is_met(self, environment: Mapping[str, str]) -> bool:
        return not self.missing(environment)


def is_set(environment: Mapping[str, str], setting: str) -> bool:
    """Whether a variable has a value (`NAME`), or this one (`NAME=VALUE`)."""
    name, equals, value = setting.partition("=")
    return environment.get(name) == value if equals else bool(environment.get(name))


@frozen
class CatalogueEntry:
    """What one Dockerfile declares; `name` is its key in the file."""

    name: str
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
    volumes: tuple[str, ...]
    directory: str
    stop_signal: str
    requires: Requirement | None
    local_unless: tuple[str, ...]
    documents: str
    stops: tuple[str, ...]
    configuration: str


@cache
def entries() -> Mapping[str, CatalogueEntry]:
    """By familiar name."""
    text = data_text("vnetsim.docker.images", "catalogue.json")
    return {name: _entry(name, **fields) for name, fields in json.loads(text).items()}


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


def requirement_of(name: str) -> Requirement | None:
    """That of the image of this name."""
    entry = entries().get(name)
    return None if entry is None else entry.requires


def _entry(
    name: str, *, kind: str, base: str, source: str, expose: list[str], entrypoint: list[str], cmd: list[str],
    listens: list[str] | None = None, subcommands: Sequence[str] = (), programs: Sequence[str] = (),
    healthcheck: Json | None = None, volumes: Sequence[str] = (), workdir: str = "", stopsignal: str = "",
    requires: Json | None = None, local_unless: Sequence[str] = (), documents: str = "",
    stops: Sequence[str] = (), configuration: str = "",
) -> CatalogueEntry:  # fmt: skip
    listening = tuple(expose if listens is None else listens)
    return CatalogueEntry(
        name,
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
        tuple(volumes),
        workdir,
        stopsignal,
        None if requires is None else _requirement(**requires),
        tuple(local_unless),
        documents,
        tuple(stops),
        configuration,
    )


def _requirement(
    *, settings: list[list[str]], text: str, unless: str = "", configured: Sequence[str] = (), stamp: bool = False
) -> Requirement:
    return Requirement(tuple(map(tuple, settings)), text, unless, tuple(configured), stamp)
