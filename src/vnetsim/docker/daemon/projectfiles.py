"""The files of a project that say where its server listens: those that its container has when it starts.

    npm run dev            the command lines of the script `dev` in package.json; `yarn dev`, `pnpm dev`, too
    node server.js         the calls of the file that listen (javascriptfile)
    python main.py         the same (pythonfile)
    vite                   `server.host` and `server.port` in vite.config.js (`files` in servercommands.json)
    gunicorn               `bind` in gunicorn.conf.py

Not modelled: workspaces, files that these import, configuration that is computed.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from vnetsim.docker.daemon.commandlines import name_of, programs_of
from vnetsim.docker.daemon.javascriptfile import JavaScriptFile
from vnetsim.docker.daemon.listeningsocket import ListeningSocket
from vnetsim.docker.daemon.pythonfile import PythonFile
from vnetsim.process.files import Files
from vnetsim.values import frozen

_MANAGERS: Final = ("npm", "yarn", "pnpm", "bun")
#: Their commands that run no script of package.json.
_COMMANDS: Final = frozenset(
    ("install", "i", "ci", "add", "remove", "exec", "dlx", "x", "create", "init", "cache", "config", "global", "serve")
)
_SCRIPT_DEPTH: Final = 4
_JAVASCRIPT: Final = re.compile(r"[\w./@-]+\.(?:[cm]?[jt]s|jsx|tsx)")
_RUNTIMES: Final = ("node", "nodemon", "ts-node", "ts-node-dev", "tsx", "bun", "node-dev", "tsnd", "pm2-runtime")
_PYTHON: Final = re.compile(r"(?:python|pypy)(?:3(?:\.\d+)?)?")
_ASSIGNMENT: Final = re.compile(r"(?:^|(?<=[\s;&]))(?:export\s+)?([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|[^\s;&|]*)")


@frozen
class ConfigFile:
    """Which file of a framework has its settings: the first of `paths`, or the value of one of `option`.

    `section` is the object, or the table, that has `host` and `port`, or `both` in one; "" for the file itself.
    """

    syntax: str
    paths: tuple[str, ...] = ()
    option: tuple[str, ...] = ()
    section: str = ""
    host: str = "host"
    port: str = "port"
    both: str = ""


@frozen
class Settings:
    """What a file sets, "" for what it does not; `everywhere`: at all addresses; `both` are ADDRESS:PORT."""

    path: str
    host: str = ""
    port: str = ""
    everywhere: bool = False
    both: tuple[str, ...] = ()

    def over(self, other: Settings) -> Settings:
        """With what the other sets where this one does not."""
        takes_host = not (self.host or self.everywhere)
        path = self.path if other.path in self.path else " and ".join(filter(None, (self.path, other.path)))
        return Settings(
            path, self.host or (other.host if takes_host else ""), self.port or other.port,
            everywhere=self.everywhere or (takes_host and other.everywhere), both=self.both or other.both,
        )  # fmt: skip


@frozen
class ProjectFiles:
    """`directory` is the working directory of the container's command."""

    files: Files | None
    directory: str
    environment: Mapping[str, str] = attrs.field(factory=dict)

    def text(self, path: str) -> str | None:
        """None if there is no file of this name, or what it has is not known."""
        where = posixpath.normpath(posixpath.join("/", self.directory, path))
        if self.files is None or not self.files.exists(where):
            return None
        if self.files.is_directory(where) or self.files.is_program(where):
            return None
        return self.files.read(where)

    def inside(self, directory: str) -> ProjectFiles:
        return attrs.evolve(self, directory=posixpath.join("/", self.directory, directory))

    # --- scripts of package.json -------------------------------------------------------------------------------------

    def resolved(self, command: Sequence[str], depth: int = _SCRIPT_DEPTH) -> Iterator[tuple[list[str], ProjectFiles]]:
        """The command lines that a command runs, each with the project that it runs in: those of a script."""
        found = _script_name(command)
        if found is None or not depth:
            yield list(command), self
            return
        project = self.inside(found.directory)
        text = project.script(found.name)
        if text is None:
            yield list(command), self
            return
        inner = attrs.evolve(project, environment={**project.environment, **assigned(text)})
        for argv in programs_of(text):
            if argv:
                yield from inner.resolved([*_without_wrapper(argv), *found.arguments], depth - 1)

    def script(self, name: str) -> str | None:
        """`npm start` without a script of this name runs server.js."""
        text = self.text("package.json")
        try:
            scripts = json.loads(text).get("scripts") or {} if text is not None else None
        except (ValueError, AttributeError, RecursionError):
            return None
        if not isinstance(scripts, dict):
            return None
        found = scripts.get(name)
        if found is None and name == "start" and self.text("server.js") is not None:
            return "node server.js"
        return found if isinstance(found, str) else None

    # --- main files --------------------------------------------------------------------------------------------------

    def main_file(self, argv: Sequence[str]) -> tuple[str, list[ListeningSocket]] | None:
        """The file that a command line runs, and where it listens; None for what does not tell."""
        name = name_of(argv[0])
        if _PYTHON.fullmatch(name):
            return self._python(argv[1:])
        if name not in _RUNTIMES:
            return None
        path = next((each for each in argv[1:] if not each.startswith("-")
                     and (_JAVASCRIPT.fullmatch(each) or any(map(self.text, _sources(each))))), None)  # fmt: skip
        if path is None and "." in argv[1:]:
            path = self._main_of_package()
        reads_env = any(each.startswith("--env-file") for each in argv)
        return None if path is None else self._javascript(path, reads_env=reads_env)

    def _main_of_package(self) -> str:
        """What `node .` runs."""
        try:
            main = json.loads(self.text("package.json") or "{}").get("main")
        except (ValueError, AttributeError, RecursionError):
            return "index.js"
        return main if isinstance(main, str) else "index.js"

    def _javascript(
        self, path: str, *, reads_env: bool = False, depth: int = _SCRIPT_DEPTH
    ) -> tuple[str, list[ListeningSocket]] | None:
        """Of the file, or of the only one that it imports and that listens."""
        where = next((each for each in _sources(path) if self.text(each) is not None), None)
        text = self.text(where) if where is not None else None
        if where is None or text is None or not depth:
            return None
        reads_env = reads_env or "dotenv" in text
        file = JavaScriptFile.of(text, self._environment(reads_env))
        sockets = file.sockets()
        if sockets is not None or file.listens:
            return None if sockets is None else (where, sockets)
        inner = (posixpath.normpath(posixpath.join(posixpath.dirname(where), each)) for each in file.imports)
        found = [one for each in inner if (one := self._javascript(each, reads_env=reads_env, depth=depth - 1))]
        return found[0] if len(found) == 1 else None

    def _python(self, arguments: Sequence[str]) -> tuple[str, list[ListeningSocket]] | None:
        rest = list(arguments)
        while rest and re.fullmatch(r"-[uBOIsE]+", rest[0]):
            rest = rest[1:]
        if rest[:1] == ["-m"] and len(rest) > 1:
            module = rest[1].replace(".", "/")
            candidates = [f"{module}.py", f"{module}/__main__.py"]
        else:
            candidates = [each for each in rest[:1] if each.endswith(".py")]
        path = next((each for each in candidates if self.text(each) is not None), None)
        text = None if path is None else self.text(path)
        if path is None or text is None:
            return None
        sockets = PythonFile.of(text, self._environment("load_dotenv" in text)).sockets()
        return None if sockets is None else (path, sockets)

    def _environment(self, reads_env: bool) -> Mapping[str, str]:
        text = self.text(".env") if reads_env else None
        return {**dotenv(text or ""), **self.environment}

    # --- configuration files -----------------------------------------------------------------------------------------

    def settings(self, config: ConfigFile, arguments: Sequence[str]) -> Settings | None:
        """None for a file that is named and not there, or not plain; without any file nothing is set."""
        named = _value(arguments, config.option)
        if named is not None:
            named = named.removeprefix("file:")
            return None if self.text(named) is None else self._read(config, named)
        path = next((each for each in config.paths if self.text(each) is not None), None)
        return Settings("") if path is None else self._read(config, path)

    def _read(self, config: ConfigFile, path: str) -> Settings | None:
        text = self.text(path) or ""
        if config.syntax == "javascript":
            return _of_javascript(config, path, JavaScriptFile.of(text, self.environment))
        if config.syntax == "python":
            both = PythonFile.of(text, self.environment).texts(config.both)
            return None if both is None else Settings(path, both=tuple(both))
        return _of_lines(config, path, text) if config.syntax != "json" else _of_json(config, path, text)


@frozen
class _Script:
    name: str
    arguments: tuple[str, ...] = ()
    directory: str = ""


def _script_name(command: Sequence[str]) -> _Script | None:
    """The script of package.json that a command runs, with the arguments that it is given; None if it runs none."""
    if not command or name_of(command[0]) not in _MANAGERS:
        return None
    manager, rest, directory = name_of(command[0]), list(command[1:]), ""
    while rest and rest[0].startswith("-"):
        name, equals, value = rest[0].partition("=")
        takes = name in ("--prefix", "--cwd", "-C", "--dir") and not equals
        directory = (rest[1] if takes and len(rest) > 1 else value) if takes or equals else directory
        rest = rest[2:] if takes else rest[1:]
    if rest[:1] in (["run"], ["run-script"]):
        rest = rest[1:]
        while rest and rest[0].startswith("-") and rest[0] != "--":
            rest = rest[1:]
    elif not rest or rest[0] in _COMMANDS or (manager == "npm" and rest[0] not in ("start", "test")):
        return None
    if not rest or rest[0].startswith("-"):
        return None
    given = rest[1:]
    if "--" in given:
        given = given[given.index("--") + 1 :]
    elif manager == "npm":
        given = [each for each in given if not each.startswith("-")]
    return _Script(rest[0], tuple(given), directory)


def _sources(path: str) -> list[str]:
    """The files that a name may be short for; of what a compiler makes (`dist/main`) its source (`src/main.ts`)."""
    plain = re.sub(r"\.[cm]?[jt]s$", "", path)
    found = [path, *(f"{plain}{end}" for end in (".js", ".ts", ".mjs", ".cjs", "/index.js", "/index.ts"))]
    compiled = re.fullmatch(r"(?:\./)?(?:dist|build|out|lib)/(.+)", plain)
    if compiled is not None:
        found += [f"src/{compiled[1].removeprefix('src/')}.ts", f"src/{compiled[1].removeprefix('src/')}.js"]
    return found


def _without_wrapper(argv: list[str]) -> list[str]:
    """`cross-env PORT=3000 vite` and `dotenv -- vite` run vite."""
    if argv[0] in ("cross-env", "cross-env-shell", "env-cmd", "dotenv"):
        rest = argv[argv.index("--") + 1 :] if "--" in argv else argv[1:]
        return [each for each in rest if not re.match(r"\w+=", each)] or argv
    return argv


def assigned(script: str) -> dict[str, str]:
    """The variables that a script sets to plain texts: `PORT=3000 vite`, `export HOST=0.0.0.0`."""
    return {name: value.strip("\"'") for name, value in _ASSIGNMENT.findall(script) if "$" not in value}


def dotenv(text: str) -> dict[str, str]:
    """As dotenv of npm reads it, but for values of several lines and references to others.

    `compose.dotenv` follows another grammar, that of Compose.
    """
    value = r"(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^#\n]*?))"
    found = re.findall(rf"^[ \t]*(?:export\s+)?([A-Za-z_]\w*)[ \t]*=[ \t]*{value}[ \t]*(?:#.*)?$", text, re.MULTILINE)
    return {name: "".join(values) for name, *values in found}


# --- syntaxes --------------------------------------------------------------------------------------------------------


def _of_javascript(config: ConfigFile, path: str, file: JavaScriptFile) -> Settings | None:
    members = file.section(config.section)
    if members is None:
        return None
    host, port = (file.value(members.get(name, "") if name else "") for name in (config.host, config.port))
    if host is None or port is None:
        return None
    return Settings(path, "" if host in ("true", "false") else host, port, host == "true")


def _of_json(config: ConfigFile, path: str, text: str) -> Settings | None:
    """angular.json: the options of the one target `serve`."""
    try:
        projects = json.loads(text).get("projects", {}).values()
        found = [(each.get("architect") or each.get("targets") or {}).get(config.section) or {} for each in projects]
    except (ValueError, AttributeError, RecursionError):
        return None
    options = [each.get("options") or {} for each in found if each]
    if len(options) > 1:
        return None
    only = options[0] if options else {}
    return Settings(path, str(only.get(config.host) or ""), str(only.get(config.port) or ""))


def _of_lines(config: ConfigFile, path: str, text: str) -> Settings:
    """TOML, YAML and INI: `port = 80` and `port: 80` in the section; the lines of `yaml` are in none."""
    found: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        header = re.fullmatch(r"\s*\[([^\]]+)\]\s*(?:#.*)?", line)
        section = header[1].strip() if header else section
        pair = re.match(r"([\w.-]+)\s*[=:]\s*(?:\"([^\"]*)\"|'([^']*)'|([^#]*))", line.strip() if section else line)
        if pair is not None and section == config.section:
            found[pair[1]] = next((each for each in pair.groups()[1:] if each is not None), "").strip()
    both = found.get(config.both, "") if config.both else ""
    host, port = (found.get(name, "") if name else "" for name in (config.host, config.port))
    return Settings(path, host, port, both=(both,) if both else ())


def _value(arguments: Sequence[str], names: Sequence[str]) -> str | None:
    """Of the first of these options; None if there is none."""
    for index, each in enumerate(arguments):
        name, equals, value = each.partition("=")
        if name in names:
            return value if equals else next(iter(arguments[index + 1 : index + 2]), "")
    return None
