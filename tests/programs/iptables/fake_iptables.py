"""Running iptables without a kernel: two rule sets, some files, and names that are known."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Mapping, Sequence
from typing import Any, cast

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.tables import NftTable
from vnetsim.netfilter.operations import IptablesOperation
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.process import Process, Resolved, to_the_end
from vnetsim.programs import iptables
from vnetsim.wire.inet import Address, parse_address

#: Tue Nov 24 06:32:29 2026, as in the recordings.
EPOCH = 1795501949
HOSTS = {"localhost": ("127.0.0.1", "::1")}


@attrs.frozen
class Answer:
    """What a wait brings: it is there at once."""

    value: Any


@attrs.define
class FakeNetwork:
    rulesets: dict[int, Ruleset] = attrs.field(factory=lambda: {4: Ruleset(4), 6: Ruleset(6)})
    executed: list[IptablesOperation] = attrs.field(factory=list)

    def ruleset(self, version: int = 4) -> Ruleset:
        return self.rulesets[version]

    def native_tables(self) -> Mapping[TableKey, NftTable]:
        return {}

    def execute(self, operation: IptablesOperation) -> None:
        self.rulesets[operation.version].apply(operation)
        self.executed.append(operation)


@attrs.define
class FakeFiles:
    texts: dict[str, str] = attrs.field(factory=dict)

    def read(self, path: str) -> str:
        if path not in self.texts:
            raise KernelError(Errno.ENOENT)
        return self.texts[path]

    def write(self, path: str, text: str) -> None:
        self.texts[path] = text


@attrs.define
class FakeInput:
    text: str = ""

    def read_all(self) -> Answer:
        return Answer(self.text)


@attrs.define
class FakeContext:
    environment: Mapping[str, str] = attrs.field(factory=dict)
    privileged: bool = True


class FakeMachine:
    def wall_clock(self) -> int:
        return EPOCH * SECOND

    def service(self, path: str) -> object:
        raise KernelError(Errno.ENOENT, path)


@attrs.define
class FakeProcess:
    argv: Sequence[str]
    network: FakeNetwork
    files: FakeFiles
    stdin: FakeInput
    context: FakeContext
    machine: FakeMachine = attrs.field(factory=FakeMachine)
    stdout: str = ""
    stderr: str = ""

    def write(self, text: str) -> None:
        self.stdout += text

    def error(self, text: str) -> None:
        self.stderr += text

    def resolve(self, name: str, version: int | None = None) -> Answer:
        found = [parse_address(text) for text in HOSTS.get(name, ())]
        return Answer(Resolved(tuple(address for address in found if version in (None, address.version))))

    def reverse(self, address: Address) -> Answer:
        return Answer(next((name for name, texts in HOSTS.items() if str(address) in texts), None))


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
        status = _finish(to_the_end(iptables.main(cast(Process, process))))
        return Result(status, process.stdout, process.stderr)

    def save(self, version: int = 4) -> str:
        """What iptables-save prints, without its comments."""
        text = self.run("iptables-save" if version == 4 else "ip6tables-save").stdout
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))


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
