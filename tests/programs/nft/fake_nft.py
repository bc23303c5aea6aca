"""Running nft without a kernel: a rule set, some files, some devices, and names that are known."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Sequence
from typing import Any, cast

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.netfilter.ebtables.tables import EbTables
from vnetsim.netfilter.nft.operations import NftOperation
from vnetsim.netfilter.nft.ruleset import NftRuleset
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.process import Process, Resolved
from vnetsim.programs import nft
from vnetsim.wire.inet import parse_address

HOSTS = {"localhost": ("127.0.0.1", "::1"), "twice": ("10.0.0.1", "10.0.0.2")}


@attrs.frozen
class Answer:
    """What a wait brings: it is there at once."""

    value: Any


@attrs.frozen
class FakeLink:
    index: int
    name: str


@attrs.define
class FakeNetwork:
    native: NftRuleset = attrs.field(factory=NftRuleset)
    rulesets: dict[int, Ruleset] = attrs.field(factory=lambda: {4: Ruleset(4), 6: Ruleset(6)})
    now: int = 0
    frames: EbTables = attrs.field(factory=EbTables)

    def ebtables(self) -> EbTables:
        return self.frames

    def links(self) -> list[FakeLink]:
        return [FakeLink(1, "lo"), FakeLink(2, "eth0"), FakeLink(3, "eth1")]

    def native_ruleset(self) -> NftRuleset:
        return self.native

    def ruleset(self, version: int = 4) -> Ruleset:
        return self.rulesets[version]

    def execute(self, operation: NftOperation) -> None:
        self.native.apply(operation, self.now)


@attrs.define
class FakeFiles:
    texts: dict[str, str] = attrs.field(factory=dict)

    def read(self, path: str) -> str:
        if path not in self.texts:
            raise KernelError(Errno.ENOENT)
        return self.texts[path]


@attrs.define
class FakeInput:
    text: str = ""

    def read_all(self) -> Answer:
        return Answer(self.text)


@attrs.define
class FakeContext:
    privileged: bool = True


class FakeMachine:
    """It has no service."""

    def service(self, _name: str) -> object:
        raise KernelError(Errno.ENOENT)


@attrs.define
class FakeProcess:
    argv: Sequence[str]
    network: FakeNetwork
    files: FakeFiles
    stdin: FakeInput
    context: FakeContext
    machine: FakeMachine = attrs.field(factory=FakeMachine)
    pid: int = 1000
    stdout: str = ""
    stderr: str = ""

    def write(self, text: str) -> None:
        self.stdout += text

    def error(self, text: str) -> None:
        self.stderr += text

    def now(self) -> int:
        return self.network.now

    def resolve(self, name: str, version: int | None = None) -> Answer:
        found = tuple(address for text in HOSTS.get(name, ()) if (address := parse_address(text)).version == version)
        return Answer(Resolved(found, None if found else "Name or service not known"))


@attrs.frozen
class Result:
    status: int
    stdout: str
    stderr: str


@attrs.define
class Bench:
    """One namespace, and commands that are run in it."""

    network: FakeNetwork = attrs.field(factory=FakeNetwork)
    files: FakeFiles = attrs.field(factory=FakeFiles)
    privileged: bool = True

    def run(self, command: str, stdin: str = "") -> Result:
        context = FakeContext(privileged=self.privileged)
        process = FakeProcess(shlex.split(command), self.network, self.files, FakeInput(stdin), context)
        status = _finish(nft.main(cast(Process, process)))
        return Result(status, process.stdout, process.stderr)


def _finish(program: int | Generator[Any, Any, int]) -> int:
    """Answer everything that the program waits for."""
    if isinstance(program, int):
        return program
    answer = None
    while True:
        try:
            wait = program.send(answer)
        except StopIteration as end:
            return int(end.value)
        answer = wait.value
