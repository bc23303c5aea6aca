"""The text of a scenario: read once, for all commands, and checked for its kind.

A scenario is a session file, a script of commands (as `vnetsim record` takes it), or a shell script.  Other common
files are refused by name, since nearly each line of them would run as some command that fails.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vnetsim.errors import NotModelled, UsageError
from vnetsim.livehost.directory import is_host_directory
from vnetsim.scenario.handout import SUFFIX as HANDOUT_SUFFIX
from vnetsim.scenario.handout import is_handout, opened
from vnetsim.scenario.labs.kinds import find as find_lab
from vnetsim.scenario.labs.kinds import is_lab_file, is_mininet_script
from vnetsim.scenario.shellscript import is_run_whole, is_shell_script
from vnetsim.shell import ast
from vnetsim.shell.parser import Parser
from vnetsim.shell.word_reader import ShellSyntaxError
from vnetsim.values import frozen

#: Standard input, as the name of a scenario.
STDIN: Final = "-"
SESSION_SUFFIXES: Final = (".md", ".session", HANDOUT_SUFFIX)
_YAML: Final = (".yaml", ".yml")
_EXPECTED: Final = "expected a session file, a script of commands, a shell script or a compose file"
_TYPED: Final = re.compile(r"^\$ ", re.MULTILINE)
FENCED: Final = re.compile(r"^\s*(```+|~~~+)\s*console\b", re.MULTILINE)
#: What precedes the name of a program in a simple command.
_PREFIXES: Final = frozenset(("sudo", "exec", "command", "nohup", "time", "env"))
#: What pcap files (in both orders of bytes, of micro- and nanoseconds) and pcapng files begin with.
_CAPTURES: Final = tuple(map(bytes.fromhex, ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "0a0d0d0a")))


def read(name: str) -> str:
    """The text of a scenario, `-` being standard input; UsageError, in one sentence, if there is none."""
    if is_host(name):
        from vnetsim.livehost.importer import imported_host  # noqa: PLC0415 -- most scenarios are sessions

        return imported_host(Path(name)).script
    if is_handout(name):
        return opened(name).lesson
    if name == STDIN:
        shown, data = "standard input", sys.stdin.read().encode("utf-8", "surrogateescape")
    else:
        shown, data = name, _bytes(Path(name))
    text = decoded(shown, data)
    refuse_others(shown, text)
    return text


def seed_of(name: str, given: int | None = None) -> int:
    """The seed that was given, else that of a lab file; 0 for other scenarios."""
    if given is not None:
        return given
    return opened(name).seed if is_handout(name) else 0


def is_host(name: str) -> bool:
    """Whether it is a directory that `vnetsim collect` made: its scenario is a shell script."""
    return name != STDIN and is_host_directory(Path(name))


def resolved(name: str) -> str:
    """The scenario's file: the compose file of a directory that has one, or what makes it a lab of another program."""
    path = Path(name)
    if name == STDIN or not path.is_dir():
        return name
    from vnetsim.scenario.composefile import find  # noqa: PLC0415 -- most scenarios are sessions

    return str(find(path) or find_lab(path) or name)


def lab_file(name: str) -> str:
    """The file of a lab of another program; UsageError for other scenarios."""
    found = resolved(name)
    if not is_lab_file(found):
        raise UsageError(f"{name}: expected a folder with a lab.conf or a *.clab.yml")
    return found


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise UsageError(f"{path}: this is a directory: {_EXPECTED} in it")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def decoded(name: str, data: bytes) -> str:
    """UTF-8 with line ends of any system; the mark that editors on Windows write at its start is none of the text."""
    if data.startswith(_CAPTURES):
        raise UsageError(f"{name}: this is a packet capture (pcap): {_EXPECTED}; `tcpdump -r` in a scenario reads it")
    where, found = data.find(b"\0"), "a NUL byte"
    text = ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if where < 0 or error.start < where:
            where, found = error.start, f"the byte 0x{data[error.start]:02x}"
    if where >= 0:
        line = data.count(b"\n", 0, where) + 1
        raise UsageError(f"{name}:{line}: expected UTF-8 text, found {found}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --- what is no scenario ---------------------------------------------------------------------------------------------


@frozen
class _Other:
    """A kind of file that is no scenario, how to tell it, and what takes it."""

    name: str
    is_one: Callable[[str, str], bool]
    taker: str = ""


def refuse_others(name: str, text: str) -> None:
    """UsageError for a text that is plainly something else."""
    if is_lab_file(name) or is_mininet_script(name, text) or is_compose(name, text):
        return
    if not name.endswith(_YAML) and (is_shell_script(text) or _TYPED.search(text) or FENCED.search(text)):
        return
    for other in _OTHERS:
        if other.is_one(name, text):
            raise UsageError(f"{name}: this is {other.name}: {_EXPECTED}{other.taker and f'; {other.taker}'}")


def _lines(text: str) -> list[str]:
    """Those that are neither empty nor comments."""
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _is_json(_name: str, text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return _name.endswith(".json")
    return True


_YAML_LINE: Final = re.compile(r"""\s*(- .*|-|("[^"]*"|'[^']*'|[\w./-]+):(\s.*)?|---.*|\.\.\.|[\]}],?)$""")
_SERVICES: Final = re.compile(r"^services:\s*(#.*)?$", re.MULTILINE)


def _is_yaml(name: str, text: str) -> bool:
    lines = _lines(text)
    if name.endswith(_YAML):
        return True
    keys = [line for line in lines if re.match(r"[\w./-]+:(\s|$)", line)]
    return bool(keys) and all(_YAML_LINE.match(line) for line in lines)


def is_compose(name: str, text: str) -> bool:
    """Whether it is a compose file; UsageError for YAML that cannot be read."""
    if is_lab_file(name) or is_mininet_script(name, text):
        return False
    if not name.endswith(_YAML) and (is_shell_script(text) or _TYPED.search(text) or FENCED.search(text)):
        return False
    if not (_is_yaml(name, text) or _SERVICES.search(text)):
        return False
    from vnetsim.scenario.composefile import is_compose_file  # noqa: PLC0415 -- most scenarios are sessions

    return is_compose_file(name, text)


def _is_iptables_save(_name: str, text: str) -> bool:
    lines = _lines(text)
    return bool(lines) and re.fullmatch(r"\*\w+", lines[0].strip()) is not None


def _is_nft(name: str, text: str) -> bool:
    lines = _lines(text)
    if name.endswith(".nft") or text.startswith("#!/usr/sbin/nft"):
        return True
    return bool(lines) and re.match(r"table (ip|ip6|inet|arp|bridge|netdev)? ?\S+ \{", lines[0]) is not None


def _is_policy(name: str, text: str) -> bool:
    return name.endswith(".policy") or any(re.search(r"\s(!?->)\s", line) for line in _lines(text)[:1])


def _is_dockerfile(name: str, text: str) -> bool:
    lines = _lines(text)
    return Path(name).name == "Dockerfile" or (bool(lines) and re.match(r"FROM \S+", lines[0]) is not None)


def _is_python(name: str, text: str) -> bool:
    return name.endswith(".py") or text.startswith(("#!/usr/bin/env python", "#!/usr/bin/python"))


def _is_markup(_name: str, text: str) -> bool:
    return text.lstrip().startswith(("<?xml", "<!DOCTYPE", "<html"))


_OTHERS: Final = (
    _Other("YAML without a mapping `services`", _is_yaml),
    _Other("JSON", _is_json),
    _Other("a dump of iptables-save", _is_iptables_save, "`iptables-restore` in a scenario takes it"),
    _Other("a ruleset of nft", _is_nft, "`nft -f` in a scenario takes it"),
    _Other("a policy", _is_policy, "it is the second argument of `vnetsim check`"),
    _Other("a Dockerfile", _is_dockerfile, "vnetsim does not build images"),
    _Other(
        "a Python program",
        _is_python,
        "`from vnetsim import Lab` is for it, and a script that imports mininet is a scenario",
    ),
    _Other("XML or HTML", _is_markup),
)


# --- what kind of scenario -------------------------------------------------------------------------------------------


def kind_of(name: str, text: str) -> str:
    """A `session`, a `compose` file, a `lab`, a script of `mininet`, or one for a `kernel` or `docker` machine."""
    if is_lab_file(name):
        return "lab"
    if is_mininet_script(name, text):
        return "mininet"
    if is_compose(name, text):
        return "compose"
    if not is_shell_script(text) and (name.endswith(SESSION_SUFFIXES) or _TYPED.search(text) or FENCED.search(text)):
        return "session"
    return "docker" if text.startswith("#dockerd") or uses_docker(text) else "kernel"


def uses_docker(text: str) -> bool:
    """Whether a script, or a line of it that can be read, runs `docker`: comments and arguments do not count."""
    if is_run_whole(text):
        return _runs(text, "docker")
    return any(_runs(line, "docker") for line in text.splitlines() if not line.lstrip().startswith(("#", "@")))


def _runs(text: str, program: str) -> bool:
    parser = Parser(text, bash=True)
    try:
        while (script := parser.next_command()) is not None:
            if any(isinstance(node, ast.SimpleCommand) and _is_call(node, program) for node in ast.nodes(script)):
                return True
    except (ShellSyntaxError, NotModelled, RecursionError):
        return re.search(rf"^[^#]*\b{program}\s", text, re.MULTILINE) is not None
    return False


def _is_call(command: ast.SimpleCommand, program: str) -> bool:
    names = (ast.literal(word) for word in command.words)
    first = next((name for name in names if name is None or name not in _PREFIXES), None)
    return first is not None and first.rpartition("/")[2] == program
