"""Where the servers of frameworks listen, by their command line: `servercommands.json`.

    flask run                            127.0.0.1 tcp/5000
    uvicorn main:app --host 0.0.0.0      all addresses, tcp/8000
    celery -A app worker                 no port

Each entry has `words` (the program and its subcommand; `|` separates alternatives),
`ends`, subcommands with which it is no server,
`source` (where its defaults were seen), `address` ("" for all) and `port` (0 for none) by default, the options for
the `host`, the `number`, or `both` as ADDRESS:PORT, flags that mean `everywhere`, what its `argument` is (`port`, or
`both`), the `variables` that set address and port, the one (NAME or NAME=VALUE) that means all addresses, `files` that
have these settings (see projectfiles), and the options that name another `configuration` file, or a socket that is no
port.  What is no server of these may run a main file that tells.

Not modelled: other configuration files.  A command with an option for one is not answered.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from vnetsim.docker.daemon.commandlines import name_of, programs_of
from vnetsim.docker.daemon.listeningsocket import IPV4, ListeningSocket, address_of, merged, with_only_ipv6
from vnetsim.docker.daemon.projectfiles import ConfigFile, ProjectFiles, Settings
from vnetsim.docker.images.requirements import StartSettings
from vnetsim.packagedata import data_text
from vnetsim.values import frozen

#: What runs the program behind it; `yarn serve` and `pnpm dev` run a script of package.json.
_RUNNERS: Final = (
    ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("uv", "run"), ("bundle", "exec"), ("npm", "exec"),
    ("pnpm", "exec"), ("yarn", "exec"), ("npx",), ("bunx",),
    ("opentelemetry-instrument",), ("ddtrace-run",), ("newrelic-admin", "run-program"), ("exec",),
)  # fmt: skip
_INTERPRETERS: Final = re.compile(r"python(?:3(?:\.\d+)?)?|ruby|php|node")
#: A URL of ASP.NET Core, compiled on first use.
_KESTREL: Final = r"https?://(?:\+|\*|([^:/]+|\[[^\]]+\]))(?::(\d+))?/?"
_LAST_PORT: Final = 0xFFFF
_ADDRESS_PORT: Final = re.compile(r"(?:tcp://|http://)?(?:(?P<host>\[[^\]]*\]|[^:/\s]*):)?(?P<port>\d{1,5})")


@frozen
class ServerCommand:
    """An entry: the options are names like `--port`."""

    words: tuple[tuple[str, ...], ...]
    source: str
    address: str
    port: int
    ends: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()
    argument: str = ""
    variables: tuple[str, str] = ("", "")
    everywhere_if: str = ""
    configuration: tuple[str, ...] = ()
    #: The variable that has more arguments.
    extra: str = ""
    #: What no address before a port means.
    blank: str = ""
    files: tuple[ConfigFile, ...] = ()
    #: Whether its sockets of IPv6 take no IPv4, as those of Python's asyncio.
    only_ipv6: bool = False


@frozen
class Listening:
    """`command` is what was recognised, with the file that was read; a worker without a port has no `sockets`."""

    command: str
    sockets: tuple[ListeningSocket, ...]


@cache
def entries() -> tuple[ServerCommand, ...]:
    text = data_text("vnetsim.docker.daemon", "servercommands.json")
    return tuple(_entry(**fields) for fields in json.loads(text))


def _entry(words: Sequence[str], **fields: object) -> ServerCommand:
    files = [ConfigFile(**_tuples(each)) for each in fields.pop("files", ())]  # type: ignore[attr-defined]
    return ServerCommand(tuple(tuple(each.split("|")) for each in words), **_tuples(fields), files=tuple(files))


def _tuples(fields: Mapping[str, object]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def listening_of(commands: Iterable[Sequence[str]], project: ProjectFiles) -> Listening | None:
    """Of the first of these command lines that runs a known server; None if none does, or it does not tell."""
    for command in commands:
        if command[:1] == ["cd"] and len(command) > 1:
            project = project.inside(command[1])
        for argv, inner in project.resolved(command):
            for words in _programs(argv):
                entry = next((each for each in entries() if _is_of(each, words)), None)
                if entry is not None:
                    return _listening(entry, words, inner)
            kestrel = _kestrel(argv, inner.environment)
            if kestrel is not None:
                return kestrel
            main = next(filter(None, map(inner.main_file, _interpreters(argv))), None)
            if main is not None:
                path, sockets = main
                return Listening(f"{name_of(argv[0])} {path}", tuple(merged(sockets)))
    return None


def _kestrel(argv: Sequence[str], environment: Mapping[str, str]) -> Listening | None:
    """`dotnet App.dll`, a web server by the variables of the image: https://+:80 is at all addresses.

    The breaking change of .NET 8 (the port of its images) and `--urls` are documented by Microsoft.
    """
    program = next((each for each in argv[1:] if each.endswith(".dll")), "")
    if not program or name_of(argv[0]) != "dotnet":
        return None
    urls = next((value for name, value in _options(argv, ("--urls",)) if name == "--urls"), "")
    urls = urls or environment.get("ASPNETCORE_URLS") or environment.get("DOTNET_URLS") or ""
    ports = ";".join(f"http://+:{each}" for each in environment.get("ASPNETCORE_HTTP_PORTS", "").split(";") if each)
    found = [re.fullmatch(_KESTREL, each) for each in (urls or ports).split(";")]
    pairs = [(each[1] or "", each[2] or "80") for each in found if each is not None]
    return _checked(f"dotnet {program}", pairs) if pairs and None not in found else None


def everywhere(command: Sequence[str], port: int) -> list[str] | None:
    """The command line with the option that makes its server listen at all addresses; None if there is none."""
    script = command[2] if len(command) == 3 and re.fullmatch(r"-[a-z]*c", command[1]) else ""
    last = [argv for argv in programs_of(script) if argv][-1:] if script else [list(command)]
    for words in (words for argv in last for words in _programs(argv)):
        entry = next((each for each in entries() if _is_of(each, words)), None)
        if entry is None:
            continue
        both = entry.argument == "both"
        option = [f"{IPV4}:{port}"] if both else [entry.host[-1], IPV4] if entry.host else []
        if not option and entry.both:
            option = [entry.both[-1], f"{IPV4}:{port}"]
        given = {each.partition("=")[0] for each in words} | {each[:2] for each in words}
        if not option or (not both and {*entry.host, *entry.both} & given):
            return None
        return [*command[:2], f"{script} {shlex.join(option)}"] if script else [*command, *option]
    return None


def commands_of(command: Sequence[str], script: str) -> list[list[str]]:
    """The command lines of a container: those of its script, or its own."""
    return [argv for argv in programs_of(script) if argv] if script else [list(command)]


def _programs(argv: Sequence[str]) -> Iterator[list[str]]:
    """The command line from each argument that may be the name of a program."""
    rest = list(argv)
    while rest:
        rest = _unwrapped(rest)
        yield rest
        if "--" not in rest:
            return
        rest = rest[rest.index("--") + 1 :]


def _interpreters(argv: Sequence[str]) -> Iterator[list[str]]:
    """The command line from each argument that may be an interpreter, without runners."""
    rest = list(argv)
    while rest:
        runner = next((each for each in _RUNNERS if tuple(rest[: len(each)]) == each), None)
        if runner is not None:
            rest = rest[len(runner) :]
            continue
        yield rest
        if "--" not in rest:
            return
        rest = rest[rest.index("--") + 1 :]


def _unwrapped(argv: list[str]) -> list[str]:
    """Without runners, interpreters and their options: `poetry run python -m flask run` is `flask run`."""
    while argv:
        runner = next((each for each in _RUNNERS if tuple(argv[: len(each)]) == each), None)
        if runner is not None:
            argv = argv[len(runner) :]
        elif _INTERPRETERS.fullmatch(name_of(argv[0])) and len(argv) > 1 and argv[1:2] != ["-S"]:
            argv = _interpreted(argv[1:])
        else:
            return [name_of(argv[0]), *argv[1:]]
    return argv


def _interpreted(arguments: list[str]) -> list[str]:
    """What an interpreter runs: the module behind -m, or the file."""
    while arguments and re.fullmatch(r"-[uBOIsE]+", arguments[0]):
        arguments = arguments[1:]
    return arguments[1:] if arguments[:1] == ["-m"] else arguments


def _is_of(entry: ServerCommand, words: Sequence[str]) -> bool:
    if not words or words[0] not in entry.words[0]:
        return False
    if words[1:2] and words[1] in entry.ends:
        return False
    return all(any(each in words[1:] for each in alternatives) for alternatives in entry.words[1:])


# --- its options -----------------------------------------------------------------------------------------------------


def _listening(entry: ServerCommand, words: Sequence[str], project: ProjectFiles) -> Listening | None:
    """None if an option, or a file, has a value that tells nothing.  Options go before variables and files."""
    arguments = [*words[1:], *shlex.split(project.environment.get(entry.extra, "") if entry.extra else "")]
    if any(each.partition("=")[0] in entry.configuration for each in arguments):
        return None
    file = _of_files(entry, arguments, project)
    if file is None:
        return None
    host, port = _of_variables(entry, project.environment, file)
    both = file.both
    for option, value in _options(arguments, (*entry.host, *entry.number, *entry.both)):
        if option in entry.everywhere and (option not in entry.host or not value or value.startswith("-")):
            host = ""
        elif option in entry.host:
            host = value
        elif option in entry.number and (value.isdecimal() or option not in entry.both):
            port = value
        elif option in entry.both:
            both = ()
            host, port = _address_port(value, host) if ":" in value else (value, port)
    if entry.argument:
        host, port = _of_argument(entry, words, host, port)
    pairs = [_address_port(each, host) for each in both] or [(host, port)]
    pairs = [(each or entry.blank, number) for each, number in pairs]
    shown = _shown(entry, words) + (f" with {file.path}" if file.path else "")
    return _checked(shown, pairs, only_ipv6=entry.only_ipv6)


def _of_files(entry: ServerCommand, arguments: Sequence[str], project: ProjectFiles) -> Settings | None:
    """The settings of the files that are there; those of the first count."""
    found = Settings("")
    for each in entry.files:
        read = project.settings(each, arguments)
        if read is None:
            return None
        found = found.over(read)
    return found


def _of_variables(entry: ServerCommand, environment: Mapping[str, str], file: Settings) -> tuple[str, str]:
    """Variables, then files, then the defaults; of several variables, as in `NUXT_HOST|HOST`, the first that is there.

    PORT of gunicorn is its default: a file comes before it.
    """
    host, port = (next(filter(None, map(environment.get, each.split("|"))), "") for each in entry.variables)
    everywhere = entry.everywhere_if and StartSettings(environment).has(entry.everywhere_if)
    by_default = IPV4 if everywhere else entry.address
    host = host or ("" if file.everywhere else file.host or by_default)
    return host, port or file.port or str(entry.port)


def _address_port(text: str, host: str) -> tuple[str, str]:
    """Of ADDRESS:PORT, :PORT and PORT; anything else (a Unix socket, a variable) becomes a port that is no number."""
    found = _ADDRESS_PORT.fullmatch(text)
    if found is None:
        return host, text
    return host if found["host"] is None else found["host"].strip("[]"), found["port"]


def _of_argument(entry: ServerCommand, words: Sequence[str], host: str, port: str) -> tuple[str, str]:
    """Of the first argument that looks like one: `runserver 0:8000`, `http.server 9000`."""
    for word in words[1:]:
        if _ADDRESS_PORT.fullmatch(word) and (entry.argument == "both" or word.isdecimal()):
            return _address_port(word, host)
    return host, port


def _checked(command: str, pairs: Iterable[tuple[str, str]], *, only_ipv6: bool = False) -> Listening | None:
    """None for a port that is none, and for a name; 0 as an address is 0.0.0.0."""
    found = []
    for host, port in pairs:
        address = address_of({"0": IPV4}.get(host, host))
        if address is None or not (port.isascii() and port.isdecimal() and int(port) <= _LAST_PORT):
            return None
        if int(port):
            found.append(ListeningSocket(int(port), address))
    return Listening(command, tuple(merged(with_only_ipv6(found) if only_ipv6 else found)))


def _shown(entry: ServerCommand, words: Sequence[str]) -> str:
    found = (next((each for each in words if each in alternatives), "") for alternatives in entry.words)
    return " ".join(filter(None, found))


def _options(arguments: Sequence[str], known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each option with what follows `=`, the rest of a short one, or the next argument."""
    for index, word in enumerate(arguments):
        following = arguments[index + 1] if index + 1 < len(arguments) else ""
        name, equals, value = word.partition("=")
        if equals and name.startswith("-"):
            yield name, value
        elif re.match(r"-[a-zA-Z]", word) and word[:2] in known and len(word) > 2 and word not in known:
            yield word[:2], word[2:]
        elif word.startswith("-"):
            yield word, following
