"""What of a plan can be played on a real engine: its images, its host, and what a scenario may do on either.

A line is read as a shell would, as far as it takes to know which programs it starts on the engine's host: quoting,
`;`, `&&`, `|`, `$(...)`, and programs that start others.  Loops and functions are read as the commands in them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from vnetsim.backends.acts import Act, CaptureAct, CommandAct, StopAct
from vnetsim.digits import is_digits
from vnetsim.docker import images
from vnetsim.errors import EngineError, NotModelled
from vnetsim.programs import registry
from vnetsim.programs.docker.cobra import BadFlag, FlagReader, HelpWanted, ParsedFlags
from vnetsim.programs.docker.commands import TABLE
from vnetsim.programs.docker.flags import BadOption, BadValue
from vnetsim.values import frozen
from vnetsim.verify.plan import Plan

#: Programs that find out whether something answers, and those that only transform text.
_PROBES: Final = frozenset(
    """
    ping ping4 ping6 arping nc netcat curl wget traceroute tracepath dig nslookup host getent
    """.split()  # noqa: SIM905
)
_FILTERS: Final = frozenset(
    """
    echo printf grep egrep head tail sort uniq wc cut tr sed awk cat seq sleep true false test [ date jq : for
    in
    """.split()  # noqa: SIM905
)
#: Programs that end others, on a machine whose processes are not the scenario's own.
_ENDING: Final = frozenset(
    """
    kill pkill killall systemctl service reboot shutdown poweroff halt init dockerd docker-proxy containerd
    modprobe rmmod insmod
    """.split()  # noqa: SIM905
)
#: Commands of docker's that make or end more than what is a scenario's own; `client.sh` refuses them, too.
REFUSED: Final = frozenset(
    """
    build builder buildx checkpoint commit compose config context import load login logout manifest node plugin
    pull push rmi save secret service stack swarm system tag trust
    """.split()  # noqa: SIM905
)
_GROUPS: Final = frozenset(("image", "system"))
_READING_IMAGES: Final = frozenset(("ls", "list", "inspect", "history"))
_SEPARATORS: Final = frozenset(";|&()\n")
#: Prefixes of a command.
_BEFORE: Final = frozenset(
    """
    sudo exec time ! do then else if while until { env timeout nice xargs setsid command
    """.split()  # noqa: SIM905
)
_ASSIGNMENT: Final = re.compile(r"\w+=.*", re.DOTALL)
_INNER: Final = re.compile(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)|`([^`]*)`")
_WRITES: Final = re.compile(r">(?![>&]|\s*(?:&\d|/dev/null))")
#: What is lent to a container beyond networks.
_LENT: Final = ("volume", "mount", "volumes-from", "device")


@frozen
class EngineLimits:
    """An engine and its host: `images` are NAME:TAG and ids, `absent` programs that the host has not.

    `closed` tells why the host is not played on, `probes` if it is good for probes all the same.
    """

    images: frozenset[str]
    absent: frozenset[str] = frozenset()
    closed: str = ""
    probes: bool = False


def permitted(plan: Plan, limits: EngineLimits) -> Plan:
    """The plan without what cannot be played on the engine, or on its host, with the reasons."""
    if plan.engine_flags:
        reason = f"the engine would have to be started with {' '.join(plan.engine_flags)}"
        return attrs.evolve(plan, acts=(), skipped=(*plan.skipped, *((line, reason) for line in plan.commands)))
    acts: list[Act] = []
    skipped: list[tuple[str, str]] = []
    missing: dict[str, str] = {}
    for act in plan.acts:
        line, reason = _reported(act), _reason(act, limits, missing)
        if reason:
            skipped.append((line, reason))
        else:
            acts.append(act)
    return attrs.evolve(plan, acts=tuple(acts), skipped=(*plan.skipped, *skipped))


def _reported(act: Act) -> str:
    return act.line if isinstance(act, CommandAct) else f"@capture {act.device}" if isinstance(act, CaptureAct) else ""


def _reason(act: Act, limits: EngineLimits, missing: dict[str, str]) -> str:
    """Why an act cannot be played, or nothing; `missing` are containers that could not be, and their images."""
    if isinstance(act, CaptureAct | StopAct):
        return limits.closed
    if not isinstance(act, CommandAct):
        return ""
    for name, image in missing.items():
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", act.line):
            return f"there is no container {name}, whose image {image} the engine has not"
    if limits.closed and _WRITES.search(_unquoted(act.line)):
        return limits.closed
    for argv in programs(act.line):
        reason = _of_docker(argv, limits, missing) if argv[0] == "docker" else _of_host(argv, limits)
        if reason:
            return reason
    return ""


def _of_host(argv: Sequence[str], limits: EngineLimits) -> str:
    program = argv[0].rpartition("/")[2]
    if program in _ENDING:
        return f"the engine's host has processes of others, and {program} is not for scenarios there"
    if program in limits.absent:
        return f"this machine has no {program}"
    if limits.closed and not (program in _FILTERS or (limits.probes and program in _PROBES)):
        return limits.closed
    return ""


def _of_docker(argv: Sequence[str], limits: EngineLimits, missing: dict[str, str]) -> str:
    rest = list(argv[2:] if argv[1:2] == ["container"] else argv[1:])
    if rest[:1] == ["volume"]:
        return "volumes are not modelled"
    if rest and rest[0].startswith("-") and rest[0] not in ("-v", "--version", "--help"):
        return f"docker {rest[0]} may ask another engine, or in another way"
    if rest and (rest[0] in REFUSED or (rest[0] == "image" and not _READING_IMAGES & {*rest[1:2]})):
        return (
            f"docker {' '.join(rest[:2] if rest[0] in _GROUPS else rest[:1])} is about more than what a scenario makes"
        )
    if not rest or rest[0] not in ("run", "create"):
        return ""
    try:
        options = FlagReader(TABLE.flags(f"container {rest[0]}"), interspersed=False).read(rest[1:])
    except (BadFlag, HelpWanted, BadOption, BadValue):
        return ""  # the client itself refuses it
    except NotModelled as error:
        return str(error)
    if any(options.texts(name) for name in _LENT):
        return "files and devices of the engine's host are not for scenarios"
    if options.text("pull") not in ("", "missing", "never"):
        return "images are not fetched"
    return _without_image(options, limits, missing)


def _without_image(options: ParsedFlags, limits: EngineLimits, missing: dict[str, str]) -> str:
    if not options.arguments:
        return ""
    image = options.arguments[0]
    lacking = "" if _is_there(image, limits.images) else f"the engine has no image {image}"
    if not lacking and not _is_modelled(image):
        lacking = f"vnetsim has no image {image}"
    if lacking and options.text("name"):
        missing[options.text("name")] = image
    return lacking


def _is_there(reference: str, there: frozenset[str]) -> bool:
    name = reference.removeprefix("docker.io/").removeprefix("library/")
    full = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    return full in there or reference.removeprefix("sha256:")[:12] in there


def _is_modelled(reference: str) -> bool:
    try:
        images.find(reference)
    except EngineError:
        return False
    return True


# --- lines -----------------------------------------------------------------------------------------------------------


def host_programs(plan: Plan) -> tuple[str, ...]:
    """The programs of vnetsim's that the plan starts on the host."""
    names = dict.fromkeys(argv[0] for line in plan.commands for argv in programs(line))
    return tuple(name for name in names if name != "docker" and registry.find(name) is not None)


def programs(line: str) -> Iterator[list[str]]:
    """The commands that a line starts on the host, as arguments; the programs that they start are looked through to."""
    try:
        tokens = list(_lexer(_INNER.sub(" ", line)))
    except ValueError:
        yield [line.split(maxsplit=1)[0] if line.strip() else ":"]
        return
    argv: list[str] = []
    for token in [*tokens, ";"]:
        if token and set(token) <= _SEPARATORS:
            yield from _command(argv)
            argv = []
        else:
            argv.append(token)
    for found in _INNER.finditer(line):
        yield from programs(found[1] or found[2] or "")


def _lexer(line: str) -> shlex.shlex:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&()<>\n")
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    return lexer


def _command(argv: list[str]) -> Iterator[list[str]]:
    rest = argv
    while rest:
        if _ASSIGNMENT.fullmatch(rest[0]) or rest[0].startswith("-"):
            rest = rest[1:]
        elif rest[0] in _BEFORE:
            rest = rest[2 if rest[0] == "timeout" else 1 :]
        else:
            break
    if not rest or rest[0] in ("done", "fi", "}", "$"):
        return
    if rest[0] in ("bash", "sh", "dash", "eval"):
        yield from programs(rest[-1])
    elif rest[0] in ("ip", "nsenter", "unshare"):
        yield rest
        yield from _command(_inside(rest))
    else:
        yield rest


def _inside(argv: list[str]) -> list[str]:
    """The command that `ip netns exec NAME` starts, or `nsenter` and `unshare` after their options."""
    if argv[0] == "ip":
        return argv[argv.index("exec") + 2 :] if "exec" in argv[:4] else []
    return next((argv[number:] for number in range(1, len(argv)) if _starts(argv, number)), [])


def _starts(argv: list[str], number: int) -> bool:
    arg, before = argv[number], argv[number - 1]
    return not arg.startswith(("-", "$")) and not is_digits(arg) and before not in ("-t", "-S", "-G")


def _unquoted(line: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"", "Q", line)
