"""The state of a shell: variables, functions, options, working directory, last status."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from vnetsim.budget import OBJECT_BYTES, Meter
from vnetsim.digits import is_digits
from vnetsim.failures import Failure
from vnetsim.process import Child
from vnetsim.shell.arrays import Array, Key
from vnetsim.shell.ast import Command
from vnetsim.shell.dialect import Dialect
from vnetsim.shell.variables import Variable, as_array
from vnetsim.values import define

DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Elements of an array that one step copies.
_ELEMENTS_A_STEP: Final = 64
#: Variables that bash sets itself, whatever is assigned to them.
_KEPT: Final = frozenset(
    ("BASHPID", "BASH_COMMAND", "BASH_LINENO", "BASH_SOURCE", "BASH_SUBSHELL", "FUNCNAME", "LINENO")
)
_OPTION_LETTERS: Final = {
    "allexport": "a",
    "errexit": "e",
    "errtrace": "E",
    "nounset": "u",
    "xtrace": "x",
    "noglob": "f",
}


class ShellError(Exception):
    """An error that makes bash discard the line, or (`whole`) the shell exit, after printing `message`."""

    def __init__(self, message: str, status: int, *, whole: bool = True) -> None:
        super().__init__(message)
        self.message, self.status, self.whole = message, status, whole


def _length(variable: Variable) -> int:
    items = () if variable.array is None else variable.array.items.values()
    return OBJECT_BYTES + len(variable.value) + sum(map(len, items)) + OBJECT_BYTES * len(items)


@define
class Job:
    """A command in the background."""

    number: int
    child: Child
    source: str
    line: int
    waited: bool = False
    #: All its processes; `child` is the last, whose status it has.
    together: tuple[Child, ...] = ()
    stopped: bool = False
    #: It belongs to the shell that this one is a copy of.
    inherited: bool = False

    @property
    def runs(self) -> bool:
        """Whether one of its processes does."""
        return any(child.status is None for child in self.together)


@define(kw_only=True)
class ShellState:
    """`clock` is the machine's, in nanoseconds; `began` when this shell did.

    `pid` is `$$`, which a subshell inherits; `own_pid` is its own.  `scripted`: what it runs is a file (BASH_SOURCE).
    `interactive`: it reads commands from a terminal.
    `getopts_cursor`: OPTIND as getopts left it, the argument that this is, and the offset of the next letter in it.
    """

    name: str
    dialect: Dialect
    pid: int
    parent: int
    own_pid: int
    directory: str
    random: random.Random
    clock: Callable[[], int]
    meter: Meter
    began: int = 0
    variables: dict[str, Variable] = attrs.field(factory=dict)
    parameters: list[str] = attrs.field(factory=list)
    #: Variables with the attribute of `declare -i`: what is assigned to them is calculated.
    integers: frozenset[str] = frozenset()
    functions: dict[str, Command] = attrs.field(factory=dict)
    options: dict[str, bool] = attrs.field(factory=dict)
    traps: dict[str, str] = attrs.field(factory=dict)
    #: BASH_COMMAND: the simple command that runs, or ran when a trap came.
    current: str = ""
    #: The status when a trap came that runs.
    trap_status: int | None = None
    #: Signals that were ignored when the shell began, and so are for ever; None before that is known.
    fixed_traps: frozenset[str] | None = None
    #: What `trap` lists in a subshell of bash: those of its parent.
    inherited_traps: dict[str, str] | None = None
    status: int = 0
    #: The failure behind `status`, until it is tested.
    pending: Failure | None = None
    background: int | None = None
    line: int = 1
    first_line: int = 1
    statuses: list[int] = attrs.field(factory=list)
    groups: list[str] = attrs.field(factory=list)
    jobs: list[Job] = attrs.field(factory=list)
    locals: list[dict[str, Variable | None]] = attrs.field(factory=list)
    loops: int = 0
    sourcing: int = 0
    scripted: bool = False
    interactive: bool = False
    getopts_cursor: tuple[str, int, int] = ("1", 1, 1)
    #: How many subshells around it are copies.
    depth: int = 0
    #: Functions and sourced files that run: their names, the lines that called them, the files that they are in.
    frames: list[tuple[str, int, str]] = attrs.field(factory=list)
    #: The files that functions are in.
    function_files: dict[str, str] = attrs.field(factory=dict)
    #: What bash has for a file where there is none.
    no_file: str = "main"
    #: How many enclosing commands have a status that is tested, so that `set -e` does not apply.
    lenient: int = 0
    #: Characters assigned since the last count of the variables.
    _assigned: int = 0

    @classmethod
    def begin(cls, environment: Mapping[str, str], hostname: str, **facts: object) -> ShellState:
        """A new shell: the environment becomes its exported variables."""
        variables = {name: Variable(value, exported=True) for name, value in environment.items()}
        directory = environment.get("PWD", "/")
        state = cls(variables=variables, directory=directory, **facts)  # type: ignore[arg-type]
        state.began = state.clock()
        variables.setdefault("PATH", Variable(DEFAULT_PATH))
        variables["IFS"] = Variable(" \t\n")
        variables.setdefault("PWD", Variable(directory))
        variables["OPTIND"] = Variable("1")
        if state.dialect.bash:
            for name, value in {
                "HOSTNAME": hostname,
                "UID": "0",
                "EUID": "0",
                "BASH_VERSION": "5.2.15(1)-release",
            }.items():
                variables.setdefault(name, Variable(value, readonly=name.endswith("UID")))
        return state

    def copy(self, *, with_jobs: bool = False) -> ShellState:
        """A copy for a subshell; `with_jobs` also has a list of the jobs of this one, which are not its children."""
        jobs = [attrs.evolve(job, inherited=True) for job in self.jobs] if with_jobs else []
        return attrs.evolve(
            self, variables=dict(self.variables), parameters=list(self.parameters), functions=dict(self.functions),
            options=dict(self.options), traps=self._kept_traps(), statuses=list(self.statuses),
            groups=list(self.groups), jobs=jobs, locals=[dict(frame) for frame in self.locals], depth=self.depth + 1,
            frames=list(self.frames), pending=None, interactive=False,
            function_files=dict(self.function_files),
            inherited_traps=dict(self.traps) if self.dialect.bash else None,
        )  # fmt: skip

    def _kept_traps(self) -> dict[str, str]:
        """Those of a subshell: what is ignored, and ERR with `set -E`."""
        traced = ("ERR",) * self.options.get("errtrace", False)
        return {name: action for name, action in self.traps.items() if not action or name in traced}

    # --- variables ---------------------------------------------------------------------------------------------------

    def get(self, name: str) -> str | None:
        """The value of a variable or special parameter (`@` and `*` joined), None if it is not set."""
        if is_digits(name):
            index = int(name)
            return self.name if index == 0 else self.parameters[index - 1] if index <= len(self.parameters) else None
        variable = self.variables.get(name)
        if variable is None:
            return self._special(name)
        return variable.value if variable.array is None else variable.array.first

    def _special(self, name: str) -> str | None:
        match name:
            case "?":
                self.pending = None
                return str(self.status)
            case "#":
                return str(len(self.parameters))
            case "$":
                return str(self.pid)
            case "!":
                return None if self.background is None else str(self.background)
            case "-":
                return self._letters()
            case "@" | "*":
                return (self.ifs[:1] if name == "*" else " ").join(self.parameters) if self.parameters else None
            case "PPID":
                return str(self.parent)
        has = self.dialect.bash or (self.dialect.as_bash_echoes and name in ("RANDOM", "LINENO"))
        return self._special_of_bash(name) if has else None

    def _special_of_bash(self, name: str) -> str | None:
        match name:
            case "RANDOM":
                return str(self.random.randrange(32768))
            case "LINENO":
                return str(self.line)
            case "SECONDS":
                return str((self.clock() - self.began) // 1_000_000_000)
            case "BASH_SUBSHELL":
                return str(self.depth)
            case "BASH_COMMAND":
                return self.current
            case "BASHPID":
                return str(self.own_pid)
            case "PIPESTATUS":
                self.pending = None
                return str(self.statuses[0]) if self.statuses else None
        own = self._own_array(name)
        return own[0] if own else None

    def _own_array(self, name: str) -> list[str] | None:
        """The elements of an array that bash itself sets."""
        match name if self.dialect.bash else "":
            case "PIPESTATUS":
                return [str(status) for status in self.statuses]
            case "BASH_REMATCH":
                return self.groups
            case "BASH_SOURCE":
                return [file for _, _, file in reversed(self.frames)] + [self.name] * self.scripted
            case "BASH_LINENO":
                return [str(line) for _, line, _ in reversed(self.frames)] + ["0"] * self.scripted
            case "FUNCNAME":
                names = [name for name, _, _ in reversed(self.frames)] + ["main"] * self.scripted
                return names if self.locals else []
        return None

    @property
    def file(self) -> str:
        """The file whose commands run."""
        return self.frames[-1][2] if self.frames else self.name if self.scripted else self.no_file

    def prefix(self, line: int) -> str:
        """How an error message begins."""
        if self.frames and self.dialect.bash and not self.interactive:
            return f"{self.file}: line {line}: "
        return self.dialect.prefix(line)

    def array(self, name: str) -> Array | None:
        """The elements of a variable, also of those that bash itself sets; None if it is not set."""
        own = self._own_array(name)
        if own is not None:
            return Array(dict(enumerate(own))) if own else None
        variable = self.variables.get(name)
        if variable is not None:
            return as_array(variable)
        value = self.get(name)
        return None if value is None else Array({0: value})

    def _letters(self) -> str:
        own = "".join(letter for option, letter in _OPTION_LETTERS.items() if self.options.get(option))
        if self.interactive:
            return f"{own}himBHs" if self.dialect.bash else f"{own}smi"
        if not self.dialect.bash:
            return own
        return "".join(sorted(f"{own}h".replace("E", ""))) + f"B{'E' * ('E' in own)}c"

    def set(self, name: str, value: str, *, exported: bool | None = None, readonly: bool = False) -> None:
        """ShellError if the variable is read-only; of an array, the first element is set."""
        if name in _KEPT and self.dialect.bash:
            return
        old = self.writable(name)
        export = (exported if exported is not None else old is not None and old.exported) or bool(
            self.options.get("allexport")
        )
        array = None
        if old is not None and old.array is not None:
            array = old.array.with_element("0" if old.array.associative else 0, value)
        self._charge(OBJECT_BYTES + len(value))
        self.variables[name] = Variable(value, export, readonly, array)

    def set_element(self, name: str, key: Key, value: str) -> None:
        """ShellError if the variable is read-only."""
        array = as_array(self.writable(name))
        self.meter.charge_steps(1 + len(array.items) // _ELEMENTS_A_STEP)
        self._store(name, array.with_element(key, value), OBJECT_BYTES + len(value))

    def set_array(self, name: str, array: Array) -> None:
        """ShellError if the variable is read-only."""
        self._store(name, array, sum(map(len, array.items.values())) + OBJECT_BYTES * len(array.items))

    def _store(self, name: str, array: Array, characters: int) -> None:
        old = self.writable(name) or Variable("")
        self._charge(characters)
        self.variables[name] = attrs.evolve(old, value="", array=array)

    def _charge(self, characters: int) -> None:
        """Charge assigned characters; now and then count all variables."""
        self.meter.check_string(characters)
        self._assigned += characters
        if self._assigned > self.meter.budget.string_bytes // 8:
            self._assigned = 0
            self.meter.charge_strings(self.own_pid, sum(map(_length, self.variables.values())) + characters)

    def writable(self, name: str) -> Variable | None:
        """The variable as it is; ShellError if it is read-only."""
        old = self.variables.get(name)
        if old is not None and old.readonly:
            raise ShellError(self.dialect.readonly(name), self.dialect.fatal, whole=not self.dialect.bash)
        return old

    def unset(self, name: str) -> None:
        self.writable(name)
        self.variables.pop(name, None)
        self.integers -= {name}

    def make_local(self, name: str) -> None:
        """The variable gets its old value back when the function returns."""
        frame = self.locals[-1]
        if name not in frame:
            frame[name] = self.variables.get(name)

    def leave_function(self) -> None:
        for name, old in self.locals.pop().items():
            if old is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = old

    @property
    def ifs(self) -> str:
        variable = self.variables.get("IFS")
        return " \t\n" if variable is None else variable.value

    def environment(self) -> dict[str, str]:
        """The environment of children."""
        exported = {
            name: variable.value
            for name, variable in self.variables.items()
            if variable.exported and variable.array is None
        }
        return {**exported, "PWD": self.directory}

    def absolute(self, path: str) -> str:
        """The path from the root, without `.` and `..`."""
        parts: list[str] = []
        for part in (path if path.startswith("/") else f"{self.directory}/{path}").split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)
