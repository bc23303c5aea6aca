"""The most pulled images, as their public Dockerfiles declare them: `catalogue.json`.

Each entry has `source` (repository, commit and path of the Dockerfile), `kind`, `base`, `expose`, `entrypoint`, `cmd`,
`listens` if the server listens on other ports than it exposes, `subcommands` that the entrypoint passes to the server,
`runs` programs besides the first of `cmd` that are the server,
`programs` besides those of the base, `volumes`, `workdir`, `stopsignal`, and `healthcheck` as the engine has it.
`requires` is what the server demands before it starts, `when` and `moves` are about its ports (see `requirements`),
`local_unless` the directories without whose contents the server listens at the loopback addresses alone, `documents`
what a web server serves if it is there, `directories` what else is there that people copy to, `stops` the signals on
which it ends with status 0, `assumes` what is assumed of the host with these settings, `configuration`
the syntax of the files that say where it listens (see daemon/serverconfig.py), `language` is `go` for servers in Go,
which mean all addresses by 0.0.0.0, `own_names` that a name in `moves` is the container's own, `env` what of
ENV says where a server listens, `unrelated` directories whose files do not say it.  `sources` are the
documents of `requires`, `when` and `moves`.  Of releases before `since` nothing is known.  `like` names an entry
whose members it has, but for its own.  The file is read at the first lookup.

`php:apache` is the variant of php that tags like `apache` and `8.4-apache-trixie` name.  Tags with a part `alpine` or
`slim` are built on these bases.  No other tag changes what an image does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.docker.images.requirements import Requirement, StartSettings, reaches, version_of
from vnetsim.packagedata import data_text
from vnetsim.values import frozen


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
    requires: tuple[Requirement, ...]
    when: Mapping[str, tuple[str, ...]] = attrs.field(eq=False)
    moves: Mapping[str, tuple[str, ...]] = attrs.field(eq=False)
    local_unless: tuple[str, ...]
    documents: str
    directories: tuple[str, ...]
    stops: tuple[str, ...]
    since: str
    sources: tuple[str, ...]
    assumes: Mapping[str, tuple[str, ...]] = attrs.field(eq=False)
    runs: tuple[str, ...]
    configuration: str
    is_go: bool
    own_names: bool
    environment: tuple[str, ...]
    unrelated: tuple[str, ...]


@cache
def entries() -> Mapping[str, CatalogueEntry]:
    """By familiar name."""
    found: Mapping[str, Json] = json.loads(data_text("vnetsim.docker.images", "catalogue.json"))
    return {name: _entry(name, **_whole(found, fields)) for name, fields in found.items()}


def _whole(found: Mapping[str, Json], fields: Json) -> Json:
    """With the members of the entry that it is like."""
    own = {key: value for key, value in fields.items() if key != "like"}
    return {**_whole(found, found[fields["like"]]), **own} if "like" in fields else own


@lru_cache(256)
def entry_of(name: str, tag: str) -> CatalogueEntry | None:
    """Of the variant that the tag names; None for an image, or a release, that the catalogue lacks."""
    variants = (variant for known, _, variant in map(_split, entries()) if known == name and variant)
    found = next((f"{name}:{each}" for each in variants if re.search(rf"(?:^|-){each}(?:-|$)", tag)), name)
    entry = entries().get(found)
    if entry is None or (entry.since and not reaches(version_of(tag), entry.since)):
        return None
    return attrs.evolve(entry, base=_base(entry.base, tag))


def _split(name: str) -> tuple[str, str, str]:
    return name.partition(":")


def _base(base: str, tag: str) -> str:
    if base.startswith("debian"):
        found = re.search(r"(?:^|-)(alpine|slim)", tag)
        return base if found is None else {"alpine": "alpine", "slim": "debian-slim"}[found[1]]
    return base


def requirements_of(name: str, version: str, given: StartSettings) -> Iterator[Requirement]:
    """Those of the image of this name that a start of this version with these settings has to meet."""
    entry = entries().get(name)
    yield from (each for each in (entry.requires if entry else ()) if each.applies(version, given))


def _entry(
    name: str, *, kind: str, base: str, source: str, expose: list[str], entrypoint: list[str], cmd: list[str],
    listens: list[str] | None = None, subcommands: Sequence[str] = (), programs: Sequence[str] = (),
    healthcheck: Json | None = None, volumes: Sequence[str] = (), workdir: str = "", stopsignal: str = "",
    requires: Sequence[Json] = (), when: Mapping[str, list[str]] | None = None,
    moves: Mapping[str, list[str]] | None = None, local_unless: Sequence[str] = (), documents: str = "",
    directories: Sequence[str] = (), stops: Sequence[str] = (), since: str = "", sources: Sequence[str] = (),
    assumes: Mapping[str, list[str]] | None = None, runs: Sequence[str] = (), configuration: str = "",
    language: str = "", own_names: bool = False, env: Sequence[str] = (),
    unrelated: Sequence[str] = (),
) -> CatalogueEntry:  # fmt: skip
    listening = tuple(expose if listens is None else listens)
    return CatalogueEntry(
        name, kind, base, source, tuple(expose), tuple(entrypoint), tuple(cmd), listening, tuple(subcommands),
        frozenset(programs), healthcheck, tuple(volumes), workdir, stopsignal,
        tuple(_requirement(each) for each in requires), _tuples(when), _tuples(moves), tuple(local_unless), documents,
        tuple(directories), tuple(stops), since, tuple(sources), _tuples(assumes), tuple(runs), configuration,
        language == "go", own_names, tuple(env), tuple(unrelated),
    )  # fmt: skip


def _tuples(lists: Mapping[str, list[str]] | None) -> Mapping[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in (lists or {}).items()}


def _requirement(members: Json) -> Requirement:
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in members.items()}
    return Requirement(**{**plain, "settings": tuple(map(tuple, members.get("settings", ())))})
