"""`docker images` and `docker pull` (docker/cli, package image)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final

import attrs

from vnetsim.clock import Wait
from vnetsim.docker.gotypes import human_duration
from vnetsim.docker.images.reference import Reference
from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker import references
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import BadOption
from vnetsim.programs.docker.formatter import Column, Listing, short_id
from vnetsim.programs.docker.go.times import SECOND, human_size, printed_seconds
from vnetsim.programs.docker.session import DockerSession, Unreachable
from vnetsim.values import frozen

Json = dict[str, Any]
_NONE: Final = "<none>"


@frozen(eq=False)
class ImageRow:
    """An image by one of its names."""

    image: Json
    repository: str
    tag: str
    digest: str
    short: bool
    now: int

    def id(self) -> str:
        identity: str = self.image["Id"]
        return short_id(identity) if self.short else identity

    def created_since(self) -> str:
        return f"{human_duration(self.now - self.image['Created'] * SECOND)} ago"

    def created_at(self) -> str:
        return printed_seconds(self.image["Created"])

    def size(self) -> str:
        return human_size(self.image["Size"], 3)

    def virtual_size(self) -> str:
        return human_size(self.image["Size"])

    def containers(self) -> str:
        return _known(self.image.get("Containers", -1), str)

    def shared_size(self) -> str:
        return _known(self.image.get("SharedSize", -1), human_size)

    def unique_size(self) -> str:
        shared = self.image.get("SharedSize", -1)
        return human_size(self.image["Size"] - shared) if shared != -1 else "N/A"


def _known(number: int, write: Any) -> str:
    return "N/A" if number == -1 else str(write(number))


LISTING: Final = Listing(
    type_name="*formatter.imageContext",
    columns={
        "ID": Column("IMAGE ID", ImageRow.id),
        "Repository": Column("REPOSITORY", lambda row: row.repository),
        "Tag": Column("TAG", lambda row: row.tag),
        "Digest": Column("DIGEST", lambda row: row.digest),
        "CreatedSince": Column("CREATED", ImageRow.created_since),
        "CreatedAt": Column("CREATED AT", ImageRow.created_at),
        "Size": Column("SIZE", ImageRow.size),
        "Containers": Column("CONTAINERS", ImageRow.containers),
        "VirtualSize": Column("SIZE", ImageRow.virtual_size),
        "SharedSize": Column("SHARED SIZE", ImageRow.shared_size),
        "UniqueSize": Column("UNIQUE SIZE", ImageRow.unique_size),
    },
    table="{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
)
_WITH_DIGESTS: Final = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"


def _rows(image: Json, short: bool, now: int) -> Iterator[ImageRow]:
    """One row a name and digest (imageWrite of docker/cli)."""
    digests: dict[str, list[str]] = {}
    for name in image["RepoDigests"] or []:
        repository, _, digest = name.partition("@")
        digests.setdefault(repository, []).append(digest)
    tagged = set()
    for name in image["RepoTags"] or []:
        repository, _, tag = name.rpartition(":")
        tagged.add(repository)
        for digest in digests.get(repository, [_NONE]):
            yield ImageRow(image, repository, tag, digest, short, now)
    others = [
        (repository, digest) for repository in digests if repository not in tagged for digest in digests[repository]
    ]
    for repository, digest in others:
        yield ImageRow(image, repository, _NONE, digest, short, now)
    if not tagged and not digests:
        yield ImageRow(image, _NONE, _NONE, _NONE, short, now)


def _without_digests(rows: list[ImageRow]) -> list[ImageRow]:
    """One row a name."""
    names = {(row.image["Id"], row.repository, row.tag): row for row in rows}
    return list(names.values())


def run_images(session: DockerSession, options: ParsedFlags) -> Program:
    filters = options.filters()
    if options.arguments:
        filters.setdefault("reference", []).append(options.arguments[0])
    images = session.engine.image_list(options.switch("all"), filters)
    images = sorted(images, key=lambda image: image["Created"], reverse=True)
    now = session.process.machine.wall_clock()
    rows = [row for image in images for row in _rows(image, not options.switch("no-trunc"), now)]
    if not options.switch("digests") and "Digest" not in options.text("format"):
        rows = _without_digests(rows)
    quiet = options.switch("quiet")
    listing = attrs.evolve(LISTING, table=_WITH_DIGESTS) if options.switch("digests") else LISTING
    session.process.write(listing.render(rows, options.text("format"), quiet=quiet))
    return 0


def pull(session: DockerSession, reference: Reference, *, quiet: bool, announce: bool) -> Generator[Wait, Any, None]:
    """Pull an image.  `docker run` shows the progress on standard error, without `announce`."""
    if announce and not quiet and not reference.tag and not reference.digest:
        session.line("Using default tag: latest")
    progress: list[str] = yield from session.engine.image_create(reference.familiar)
    for line in progress if not quiet else ():
        (session.line if announce else session.error_line)(line)
    if announce:
        session.line(reference.full)


def run_pull(session: DockerSession, options: ParsedFlags) -> Program:
    try:
        reference = references.parse(options.arguments[0])
    except BadOption as error:
        raise CommandError(str(error)) from None
    if reference is None:
        raise CommandError(
            f"invalid repository name ({options.arguments[0]}), cannot specify 64-byte hexadecimal strings"
        )
    yield from pull(session, reference, quiet=options.switch("quiet"), announce=True)
    return 0


def run_tag(session: DockerSession, options: ParsedFlags) -> Program:
    source, target = options.arguments
    for text_ in (source, target):
        try:
            reference = references.parse(text_)
        except BadOption as error:
            raise CommandError(f'Error parsing reference: "{text_}" is not a valid repository/tag: {error}') from None
    if reference is not None and reference.digest:
        raise CommandError("refusing to create a tag with a digest reference")
    yield from session.engine.image_tag(source, target)
    return 0


def run_rm(session: DockerSession, options: ParsedFlags) -> Program:
    """With --force an image that is not there is no failure."""
    force, prune = options.switch("force"), not options.switch("no-prune")
    errors: list[EngineError] = []
    for name in options.arguments:
        try:
            answer: list[Json] = yield from session.engine.image_delete(name, force, prune)
        except Unreachable:
            raise
        except EngineError as error:
            errors.append(error)
            continue
        for step in answer:
            session.line("".join(f"{what}: {which}" for what, which in step.items()))
    if not errors:
        return 0
    message = "\n".join(map(str, errors))
    if force and all(error.status == 404 for error in errors):
        session.error_line(message)
        return 0
    raise CommandError(message)
