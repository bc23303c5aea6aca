"""Error messages and exit statuses of bash 5.2 (`bash -c`), dash 0.5.12 (Debian's /bin/sh) and busybox 1.36's ash."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from vnetsim.errors import Errno, NotModelled
from vnetsim.shell.arithmetic import ArithmeticFault
from vnetsim.shell.word_reader import ShellSyntaxError

#: bash 5.2, expr.c.
_FAULTS: Final = {
    "operand": "syntax error: operand expected",
    "excess": "syntax error in expression",
    "operator": "syntax error: invalid arithmetic operator",
    "assignment": "attempted assignment to non-variable",
    "divisor": "division by 0",
    "exponent": "exponent less than 0",
    "parenthesis": "missing `)'",
    "base": "value too great for base",
    "depth": "expression recursion level exceeded",
}


class Dialect(ABC):
    """`prefix` begins each error message; `fatal` is the status of errors that end a whole shell."""

    bash: bool
    fatal: int
    #: The status of a redirection that is refused.
    unredirected: int
    #: Whether echo knows -e and -n -e -E, and whether $RANDOM is there.
    as_bash_echoes = False
    #: Whether `kill %1` in a script finds the job's processes; dash takes each job for a process group.
    kills_jobs = True
    #: Whether it becomes the last command of `-c`; bash does if that is not redirected.
    becomes_last = False
    #: Whether it says `[1] 1234` when a job starts.
    announces_jobs = False
    #: What an expansion that it does not know is called; "": it may be one that is not modelled.
    bad_substitution = "Bad substitution"

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def prefix(self, line: int) -> str: ...
    @abstractmethod
    def malformed(self, problem: ShellSyntaxError, *, inline: bool) -> str: ...
    @abstractmethod
    def not_found(self, name: str) -> str: ...
    @abstractmethod
    def no_such_path(self, path: str) -> str: ...
    def no_interpreter(self, path: str) -> str:
        """Of an executable file whose first line names a program that is not there."""
        return self.no_such_path(path)

    @abstractmethod
    def is_directory(self, path: str) -> str: ...
    @abstractmethod
    def cannot_open(self, path: str, errno: Errno, *, creating: bool) -> str: ...
    @abstractmethod
    def cannot_change_directory(self, path: str, errno: Errno) -> str: ...
    @abstractmethod
    def write_error(self, builtin: str, errno: Errno) -> str: ...
    @abstractmethod
    def not_an_integer(self, builtin: str, text: str) -> str: ...
    @abstractmethod
    def unset(self, name: str) -> str: ...
    @abstractmethod
    def readonly(self, name: str) -> str: ...
    @abstractmethod
    def arithmetic(self, fault: ArithmeticFault) -> str: ...


class Bash(Dialect):
    bash = True
    fatal = unredirected = 1
    as_bash_echoes = True

    def prefix(self, line: int) -> str:
        return f"{self.name}: line {line}: "

    def malformed(self, problem: ShellSyntaxError, *, inline: bool) -> str:
        start = f"{self.name}: -c: line {problem.line}: " if inline else f"{self.name}: line {problem.line}: "
        if problem.kind in ("quote", "backquote", "parenthesis", "calculation"):
            return f"{start}unexpected EOF while looking for matching `{problem.token}'\n"
        if problem.kind == "end":
            return f"{start}syntax error: unexpected end of file\n"
        return f"{start}syntax error near unexpected token `{problem.token}'\n{start}`{problem.source}'\n"

    def not_found(self, name: str) -> str:
        return f"{name}: command not found"

    def no_such_path(self, path: str) -> str:
        return f"{path}: {Errno.ENOENT.strerror}"

    def no_interpreter(self, path: str) -> str:
        return f"{path}: cannot execute: required file not found"

    def is_directory(self, path: str) -> str:
        return f"{path}: {Errno.EISDIR.strerror}"

    def cannot_open(self, path: str, errno: Errno, *, creating: bool) -> str:  # noqa: ARG002 -- dash tells them apart
        return f"{path}: {errno.strerror}"

    def cannot_change_directory(self, path: str, errno: Errno) -> str:
        return f"cd: {path}: {errno.strerror}"

    def write_error(self, builtin: str, errno: Errno) -> str:
        return f"{builtin}: write error: {errno.strerror}"

    def not_an_integer(self, builtin: str, text: str) -> str:
        return f"{builtin}: {text}: numeric argument required"

    def unset(self, name: str) -> str:
        return f"{name}: unbound variable"

    def readonly(self, name: str) -> str:
        return f"{name}: readonly variable"

    def arithmetic(self, fault: ArithmeticFault) -> str:
        return f'{fault.expression}: {_FAULTS[fault.kind]} (error token is "{fault.token}")'


class InteractiveBash(Bash):
    """bash at a terminal, whose messages have no line numbers."""

    def prefix(self, line: int) -> str:  # noqa: ARG002 -- the reader sees the line
        return f"{self.name}: "

    def malformed(self, problem: ShellSyntaxError, *, inline: bool) -> str:
        message = super().malformed(problem, inline=inline).splitlines()[0]
        return f"{self.name}: {message.partition(f'line {problem.line}: ')[2]}\n"


class TerminalBash(InteractiveBash):
    """bash at a terminal that tells of its jobs."""

    announces_jobs = True


class Dash(Dialect):
    bash = kills_jobs = False
    fatal = unredirected = 2

    def prefix(self, line: int) -> str:
        return f"{self.name}: {line}: "

    def malformed(self, problem: ShellSyntaxError, *, inline: bool) -> str:  # noqa: ARG002 -- bash tells them apart
        return f"{self.prefix(problem.line)}Syntax error: {self._why(problem)}\n"

    def _why(self, problem: ShellSyntaxError) -> str:
        expecting = f' (expecting "{problem.expecting}")' if problem.expecting else ""
        match problem.kind:
            case "quote":
                return "Missing '}'" if problem.token == "}" else "Unterminated quoted string"
            case "backquote":
                return "EOF in backquote substitution"
            case "parenthesis":
                return 'end of file unexpected (expecting ")")'
            case "calculation":
                return "Missing '))'"
            case "for":
                return "Bad for loop variable"
            case "end":
                return f"end of file unexpected{expecting}"
            case "word" | "redirection" | "newline" as kind:
                return f"{kind} unexpected{expecting}"
        return f'"{problem.token}" unexpected{expecting}'

    def not_found(self, name: str) -> str:
        return f"{name}: not found"

    def no_such_path(self, path: str) -> str:
        return f"{path}: not found"

    def is_directory(self, path: str) -> str:
        return f"{path}: {Errno.EACCES.strerror}"

    def cannot_open(self, path: str, errno: Errno, *, creating: bool) -> str:
        if errno is Errno.ENOENT:
            return f"cannot create {path}: Directory nonexistent" if creating else f"cannot open {path}: No such file"
        return f"cannot {'create' if creating else 'open'} {path}: {errno.strerror}"

    def cannot_change_directory(self, path: str, errno: Errno) -> str:  # noqa: ARG002 -- dash prints no errno
        return f"cd: can't cd to {path}"

    def write_error(self, builtin: str, errno: Errno) -> str:  # noqa: ARG002 -- dash prints no errno
        return f"{builtin}: {builtin}: I/O error"

    def not_an_integer(self, builtin: str, text: str) -> str:
        return f"{builtin}: Illegal number: {text}"

    def unset(self, name: str) -> str:
        return f"{name}: parameter not set"

    def readonly(self, name: str) -> str:
        return f"{name}: is read only"

    def arithmetic(self, fault: ArithmeticFault) -> str:
        if fault.kind == "number":
            return f"Illegal number: {fault.expression}"
        why = {"operand": "expecting primary", "divisor": "division by zero", "parenthesis": "expecting ')'"}
        return f'arithmetic expression: {why.get(fault.kind, "expecting EOF")}: "{fault.expression}"'


class Ash(Dash):
    """The shell of alpine and busybox: `inline` (-c) messages have no line.

    It can do what dash can do; what busybox has taken over from bash (`[[`, `let`, `${a//b}`) is not modelled.
    """

    bad_substitution = ""
    unredirected = 1
    as_bash_echoes = kills_jobs = True

    def __init__(self, name: str, *, inline: bool) -> None:
        super().__init__(name)
        self._inline = self.becomes_last = inline

    def prefix(self, line: int) -> str:
        return f"{self.name}: " if self._inline else f"{self.name}: line {line}: "

    def malformed(self, problem: ShellSyntaxError, *, inline: bool) -> str:  # noqa: ARG002 -- known from the start
        why = self._why(problem)
        first, _, rest = why.partition(" ")
        if rest.startswith("unexpected"):
            why = f"unexpected {'end of file' if problem.kind == 'end' else first}{rest.partition('unexpected')[2]}"
        elif why.startswith("end of file unexpected"):
            why = f"unexpected end of file{why.removeprefix('end of file unexpected')}"
        else:
            why = why[0].lower() + why[1:]
        return f"{self.prefix(problem.line)}syntax error: {why}\n"

    def cannot_open(self, path: str, errno: Errno, *, creating: bool) -> str:
        if errno is Errno.ENOENT:
            return f"can't create {path}: nonexistent directory" if creating else f"can't open {path}: no such file"
        return f"can't {'create' if creating else 'open'} {path}: {errno.strerror}"

    def not_found(self, name: str) -> str:
        """NotModelled for a builtin that dash has not."""
        if name in ("[[", "let", "source"):
            raise NotModelled(f"{name} of busybox sh")
        return super().not_found(name)

    def cannot_change_directory(self, path: str, errno: Errno) -> str:
        return f"cd: line 0: can't cd to {path}: {errno.strerror}"

    def arithmetic(self, fault: ArithmeticFault) -> str:
        return "divide by zero" if fault.kind == "divisor" else "arithmetic syntax error"
