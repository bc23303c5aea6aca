"""`docker build` (builder/dockerfile of moby 28.5): the classic builder, which the engine has without buildx.

Each instruction makes an image on that of the one before it, and an image that is there already is the cache.  A RUN
whose programs vnetsim has runs in a container; others are assumed to succeed and to change nothing, which is an
assumption of the lab.

Not modelled: BuildKit (its flags are refused as the classic builder does it), --squash, remote contexts, limits.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.docker.api.build import BuildOptions, FileTree, Report
from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.daemon import copying
from vnetsim.docker.daemon.build_cache import BuildCache
from vnetsim.docker.daemon.build_run import RunContainers
from vnetsim.docker.daemon.changes import image_files, snapshot
from vnetsim.docker.daemon.commit import child_of
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.pull import pull, read_reference
from vnetsim.docker.images import Image
from vnetsim.docker.images.dockerfile import Instruction, instructions
from vnetsim.docker.images.instructions import BUILT_IN, SCRATCH, BuildStage, BuildStages, base_image
from vnetsim.docker.images.layers import HistoryEntry, ImageLayer
from vnetsim.docker.images.reference import InvalidReference, Reference, parse
from vnetsim.docker.runconfig.resources import check_limits
from vnetsim.docker.stringid import short
from vnetsim.errors import EngineError

#: How long a step takes besides what it runs, roughly as recorded.
STEP: Final = 100 * MILLISECOND
_BUILDKIT: Final = (
    "option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images"
)
#: Flags that only BuildKit knows.
_NEW_FLAGS: Final = ("chmod", "link", "parents", "exclude", "mount", "network", "security", "checksum", "device")
#: Instructions of which the history says so with one blank.
_ONE_BLANK: Final = ("ADD", "COPY", "WORKDIR")


class Builder:
    """One build."""

    def __init__(
        self, daemon: Daemon, containers: RunContainers, tree: FileTree, options: BuildOptions, report: Report
    ) -> None:
        self._daemon, self._containers, self._options, self._report = daemon, containers, options, report
        self._store = daemon.images
        self._cache = BuildCache(daemon.images, options.cache_from)
        self._tags = [_tag(text) for text in options.tags]
        self._steps = self._read(tree)
        self._tree = copying.without_ignored(tree)
        self._args = {key: value for key, value in options.args.items() if value is not None}
        self._used_args: set[str] = set()
        self._stages = BuildStages(self._args, self._store.base)
        #: Whether an earlier step of this stage was not in the cache.
        self._missed = False

    def _read(self, tree: FileTree) -> list[Instruction]:
        """The instructions up to the end of the wanted stage; EngineError before anything is built."""
        text = tree.get(self._options.dockerfile)
        if text is None:
            raise EngineError(500, f"Cannot locate specified Dockerfile: {self._options.dockerfile}")
        if not text.strip():
            raise EngineError(500, f"the Dockerfile ({self._options.dockerfile}) cannot be empty")
        steps = instructions(text)
        first = next((one for one in steps if one.name != "ARG"), None)
        if first is None or first.name != "FROM":
            raise EngineError(400, "no build stage in current context")
        steps = _wanted(steps, self._options.target)
        labels = self._options.labels
        if labels:
            text = " ".join(f"{shlex.quote(key)}={shlex.quote(value)}" for key, value in sorted(labels.items()))
            steps.append(Instruction(0, "LABEL", text, f"LABEL {text}"))
        return steps

    def build(self) -> EngineOperation[Image]:
        """EngineError, BuildFailed for a command that ended with another status than 0."""
        for number, one in enumerate(self._steps, 1):
            self._say(f"Step {number}/{len(self._steps)} : {one.original}")
            self._say("\n")
            yield from self._step(one)
        stage = self._stages.current
        assert stage is not None
        if not stage.image.id:
            raise EngineError(400, "No image was generated. Is your Dockerfile empty?")
        image = self._finished(stage)
        unused = sorted(set(self._args) - self._used_args - BUILT_IN)
        if unused:
            self._say(f"[Warning] One or more build-args [{' '.join(unused)}] were not consumed\n")
        if not self._options.quiet:
            self._report({"aux": {"ID": image.id}})
        self._say(f"Successfully built {_short(image)}\n")
        for reference in self._tags:
            self._store.tag(image, reference, self._daemon.now())
            self._daemon.events.image(image, "tag", reference.familiar)
            self._say(f"Successfully tagged {reference.familiar}\n")
        if self._options.quiet:
            self._report({"stream": f"{image.id}\n"})
        return image

    def _finished(self, stage: BuildStage) -> Image:
        """The image with its name, which a registry may declare."""
        image = stage.named(self._tags[0].familiar_name if self._tags else stage.image.name)
        if self._store.registry is not None and self._tags:
            image = self._store.registry.as_declared(self._tags[0], image)
        if image.origin is not None:
            self._store.replace(image)
        return image

    def _say(self, text: str) -> None:
        if not self._options.quiet:
            self._report({"stream": text})

    # --- steps -------------------------------------------------------------------------------------------------------

    def _step(self, one: Instruction) -> EngineOperation[None]:
        stage = self._stages.current
        if one.name == "FROM":
            yield from self._begin(one)
        elif stage is None:
            self._use(one)
            self._stages.default(one)
        else:
            yield from self._perform(stage, one)

    def _begin(self, one: Instruction) -> EngineOperation[None]:
        name = self._stages.base_name(one)
        if name != SCRATCH.name and self._stages.find(name) is None:
            yield from self._fetch(name)
        stage = self._stages.begin(one)
        self._missed = False
        triggers, stage.image = stage.image.triggers, attrs.evolve(stage.image, triggers=())
        if not triggers:
            self._say(f" ---> {_short(stage.image)}\n")
        else:
            self._say(f"# Executing {len(triggers)} build trigger{'s' if len(triggers) > 1 else ''}\n")
        for trigger in instructions("\n".join(triggers)) if triggers else ():
            yield from self._perform(stage, trigger)

    def _fetch(self, name: str) -> EngineOperation[None]:
        """An image that is not here, or a newer one with --pull."""
        reference = _base_reference(name)
        try:
            self._store.find(name)
        except EngineError:
            pass
        else:
            if not self._options.pull or reference is None:
                return
        if reference is None:
            raise EngineError(404, f"No such image: {name}")
        for line in (yield from pull(self._daemon, reference.familiar)):
            self._say(f"{line}\n")

    def _perform(self, stage: BuildStage, one: Instruction) -> EngineOperation[None]:
        for name, _ in one.flags:
            if name in _NEW_FLAGS:
                raise EngineError(400, f"the --{name} {_BUILDKIT} with BuildKit enabled")
        if one.name == "RUN":
            yield from self._run(stage, one)
        elif one.name in ("ADD", "COPY"):
            yield from self._copy(stage, one)
        else:
            if one.name == "ARG":
                self._use(one)
            yield from self._declare(stage, one)

    def _use(self, one: Instruction) -> None:
        self._used_args.update(word.partition("=")[0] for word in shlex.split(one.text))

    def _declare(self, stage: BuildStage, one: Instruction) -> EngineOperation[None]:
        """What only changes the configuration; WORKDIR makes a directory, too."""
        base = stage.image
        what = stage.apply(one, self._args, self._stages.defaults)
        said = self._comment(stage, one, what)
        if self._cached(stage, base, said):
            return
        container = self._containers.begin(base, said, keeps=not self._options.remove)
        self._say(f" ---> Running in {short(container)}\n")
        layer = self._directory(stage.image) if one.name == "WORKDIR" else ImageLayer()
        if self._options.remove or self._options.force_remove:
            self._say(f" ---> Removed intermediate container {short(container)}\n")
        yield from self._commit(stage, base, layer, said)

    @staticmethod
    def _comment(stage: BuildStage, one: Instruction, what: str) -> str:
        blank = " " if one.name in _ONE_BLANK else "  "
        return f"{' '.join(stage.shell)} #(nop){blank}{what}"

    def _directory(self, image: Image) -> ImageLayer:
        known = self._directories(image)
        path = image.directory
        above = ["/".join(path.split("/")[: count + 2]) for count in range(path.count("/"))]
        return ImageLayer(directories=tuple(each for each in above if each != "/" and each not in known))

    def _directories(self, image: Image) -> frozenset[str]:
        found = snapshot(image_files(self._daemon, image, self._daemon.machine.host.network))
        return found.directories | {"/"}

    def _copy(self, stage: BuildStage, one: Instruction) -> EngineOperation[None]:
        words = [stage.expanded(word) for word in one.words]
        tree: FileTree = self._tree
        if one.flag("from"):
            name = stage.expanded(one.flag("from"))
            image = yield from self._other_image(name)
            tree = self._files_of(image)
            words, taken = copying.of_image(words, tree, image)
            if taken.unknown:
                what = f"{one.name} --from={name} of {', '.join(taken.unknown)} is not played"
                self._daemon.machine.assume(f"{what}: assumed to have no bearing on the network")
            layer, source = ImageLayer(programs=taken.programs), taken.source
        else:
            layer, source = ImageLayer(), ""
        base = stage.image
        if len(words) > 1:
            copied = copying.copy(one.name, words, tree, stage.image.directory, self._directories(stage.image))
            layer, source = attrs.evolve(copied.layer, programs=copied.layer.programs | layer.programs), copied.source
        said = self._comment(stage, one, f"{one.name} {source} in {words[-1]} ")
        if not self._cached(stage, base, said):
            yield from self._commit(stage, base, layer, said)

    def _other_image(self, name: str) -> EngineOperation[Image]:
        """Of a stage, or another one."""
        stage = self._stages.find(name)
        if stage is not None:
            image = stage.image
        elif name.isdigit():
            raise EngineError(400, f"invalid from flag value {name}: index out of bounds")
        else:
            try:
                yield from self._fetch(name)
            except EngineError as error:
                raise EngineError(error.status, f"invalid from flag value {name}: {error.message}") from None
            image = base_image(name, self._store.base)
        return image

    def _files_of(self, image: Image) -> FileTree:
        found = snapshot(image_files(self._daemon, image, self._daemon.machine.host.network))
        directories = {path.lstrip("/"): None for path in found.directories}
        return {**directories, **{path.lstrip("/"): text for path, text in found.files.items()}}

    def _run(self, stage: BuildStage, one: Instruction) -> EngineOperation[None]:
        base, command = stage.image, stage.command_line(one.text)
        args = stage.arguments(self._args)
        self._used_args.update(args)
        shown = [f"{key}={value}" for key, value in sorted(args.items()) if key not in BUILT_IN]
        said = " ".join(((f"|{len(shown)}", *shown) if shown else ()) + command)
        if self._cached(stage, base, said):
            return
        environment = [f"{key}={value}" for key, value in args.items()]
        run = self._containers.run(base, command, environment, self._options, self._report)
        layer = yield from run
        yield from self._commit(stage, base, layer, said)

    # --- images ------------------------------------------------------------------------------------------------------

    def _cached(self, stage: BuildStage, base: Image, said: str) -> bool:
        """Whether an earlier build made the same of the same image."""
        if self._options.no_cache or self._missed:
            check_limits(self._options.limits)
            return False
        hit = self._cache.find(base, said)
        if hit is None:
            self._missed = True
            check_limits(self._options.limits)
            return False
        stage.image = attrs.evolve(stage.image, origin=hit.origin, programs=hit.programs)
        self._say(" ---> Using cache\n")
        self._say(f" ---> {_short(hit)}\n")
        return True

    def _commit(self, stage: BuildStage, base: Image, layer: ImageLayer, said: str) -> EngineOperation[None]:
        yield self._daemon.host.sleep(STEP)
        entry = HistoryEntry(self._daemon.now(), said, author=stage.author)
        child = child_of(self._daemon, base, stage.named(stage.image.name), layer, entry)
        stage.image = attrs.evolve(stage.image, origin=child.origin, programs=child.programs)
        self._say(f" ---> {_short(child)}\n")


def _wanted(steps: Sequence[Instruction], target: str) -> list[Instruction]:
    """The instructions up to the end of a stage; EngineError 400."""
    if not target:
        return list(steps)
    begins = [index for index, one in enumerate(steps) if one.name == "FROM"]
    for number, begin in enumerate(begins):
        words = steps[begin].text.split()
        if target.lower() in (str(number), words[2].lower() if len(words) == 3 else ""):
            return list(steps[: begins[number + 1] if number + 1 < len(begins) else len(steps)])
    raise EngineError(400, f'target stage "{target}" could not be found')


def _tag(text: str) -> Reference:
    try:
        return read_reference(text)
    except EngineError as error:
        raise EngineError(500, error.message) from None


def _base_reference(name: str) -> Reference | None:
    try:
        return parse(name)
    except InvalidReference as error:
        raise EngineError(400, str(error)) from None


def _short(image: Image) -> str:
    return short(image.id.removeprefix("sha256:"))
