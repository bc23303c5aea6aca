"""`.env` files, `--env-file`, `env_file:` and `label_file:` as compose-go's fork of godotenv reads them.

Compose's own rules: values are interpolated but for those in single quotes, `KEY` alone takes its value from outside,
and `KEY: value` is as good as `KEY=value`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from vnetsim.compose.files import ComposeFiles
from vnetsim.compose.golang import quote
from vnetsim.compose.template import Lookup, Substitution, Warn
from vnetsim.compose.values import ComposeError
from vnetsim.values import define

_ESCAPES: Final = re.compile(r'\\(?:[abcfnrtv$"\\]|0\d{0,3})', re.A)
_EXPORT: Final = re.compile(r"export\s+", re.A)
_SPACES: Final = "\t\v\f\r \x85\xa0"
_LETTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"}


@define
class _Parser:
    rest: str
    lookup: Lookup
    found: dict[str, str]
    warn: Warn
    line: int = 1

    def parse(self) -> None:
        while self._skip_to_statement():
            key, inherited = self._key()
            if " " in key:
                raise self._failure("key cannot contain a space")
            if inherited:
                value = self.lookup(key)
                if value is not None:
                    self.found[key] = value
            else:
                self.found[key] = self._value()

    def _failure(self, message: str) -> ComposeError:
        return ComposeError(f"line {self.line}: {message}", line=self.line)

    def _skip_to_statement(self) -> bool:
        while True:
            stripped = self.rest.lstrip()
            self.line += self.rest[: len(self.rest) - len(stripped)].count("\n")
            self.rest = stripped
            if not stripped.startswith("#"):
                return bool(stripped)
            end = stripped.find("\n")
            self.rest = stripped[end:] if end >= 0 else ""

    def _key(self) -> tuple[str, bool]:
        if _EXPORT.match(self.rest):
            self.rest = self.rest.removeprefix("export").lstrip(_SPACES)
        key, offset, inherited = "", 0, False
        for index, char in enumerate(self.rest):
            if char in _SPACES or char in "_.-[]" or char.isalpha() or char.isnumeric():
                continue
            if char not in "=:\n":
                name = quote(self.rest.split("\n")[0])
                raise self._failure(f"unexpected character {quote(char)} in variable name {name}")
            key, offset, inherited = self.rest[:index], index + 1, char == "\n"
            break
        if not self.rest:
            raise ComposeError("zero length string")
        if inherited and " " not in key:
            self.line += 1
        self.rest = self.rest[offset:].lstrip(_SPACES)
        return key.rstrip(), inherited

    def _value(self) -> str:
        mark = self.rest[:1]
        if mark not in ("'", '"'):
            value, _, self.rest = self.rest.partition("\n")
            self.line += 1
            return self._expand(value.partition(" #")[0].rstrip())
        found = self._quoted(mark)
        return self._expand(_unescape(found)) if mark == '"' else found

    def _quoted(self, mark: str) -> str:
        chars, escaped = "", False
        for index, char in enumerate(self.rest[1:], 1):
            self.line += char == "\n"
            if char != mark and not escaped and char == "\\":
                escaped = True
            elif char == mark and not escaped:
                self.rest = self.rest[index + 1 :]
                return chars
            else:
                chars += f"\\{char}" if escaped and char != mark else char
                escaped = False
        raise self._failure(f"unterminated quoted value {self.rest.partition(chr(10))[0]}")

    def _expand(self, value: str) -> str:
        def lookup(name: str) -> str | None:
            outside = self.lookup(name)
            return self.found.get(name) if outside is None else outside

        return Substitution(lookup, self.warn).apply(value)


def _unescape(text: str) -> str:
    def replace(found: re.Match[str]) -> str:
        escape = found[0]
        if escape == "\\$":
            return "$$"
        if escape.startswith("\\0"):
            digits = escape[2:]
            octal = re.fullmatch(r"[0-3][0-7]{2}", digits, re.A)
            return chr(int(digits, 8)) if octal else f"\\{digits}"
        return _LETTERS.get(escape[1], escape)

    return _ESCAPES.sub(replace, text)


def parse(text: str, found: dict[str, str], lookup: Lookup, warn: Warn) -> None:
    """Add the variables of a file to `found`; variables in values are searched with `lookup` first."""
    _Parser(text.removeprefix("\ufeff"), lookup, found, warn).parse()


def parse_raw(text: str, filename: str, found: dict[str, str], lookup: Lookup) -> None:
    """`format: raw`: as `docker run --env-file`, nothing is interpreted."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = line.lstrip()
        if not line or line.startswith("#"):
            continue
        key, separator, value = line.partition("=")
        problem = "no variable name on line" if not key else "contains whitespaces" if re.search(r"\s", key) else ""
        if problem:
            shown = f"variable {quote(key)} {problem}" if key else f"{problem} {quote(line)}"
            raise ComposeError(f"failed to parse env_file {filename}: {shown}", file=filename, line=number)
        outside = None if separator else lookup(key)
        if separator or outside is not None:
            found[key] = value if separator else outside or ""


def read(text: str, path: str, found: dict[str, str], lookup: Lookup, warn: Warn) -> None:
    """`parse`, with the file's name in front of what is wrong with it."""
    try:
        parse(text, found, lookup, warn)
    except ComposeError as error:
        raise ComposeError(f"failed to read {path}: {error}", file=path, line=error.line or 1) from None


def read_files(files: ComposeFiles, paths: Sequence[str], environment: Mapping[str, str], warn: Warn) -> dict[str, str]:
    """GetEnvFromFile: the variables of several files, which see the environment and those before them."""
    found: dict[str, str] = {}

    def lookup(name: str) -> str | None:
        return environment[name] if name in environment else found.get(name)

    for path in paths:
        if not files.exists(path):
            raise ComposeError(f"couldn't find env file: {path}", file=path, line=1)
        if files.is_directory(path):
            raise ComposeError(f"{path} is a directory", file=path, line=1)
        read(files.read(path), path, found, lookup, warn)
    return found
