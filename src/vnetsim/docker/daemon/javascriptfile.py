"""What a JavaScript or TypeScript file says where it is plain: values, and the ports on which its calls listen.

    app.listen(process.env.PORT || 3000)           tcp/3000 of all addresses, or the port that the variable names
    fastify.listen({ port: 3000 })                 tcp/3000 of 127.0.0.1
    export default { server: { host: true } }      the value of `host` in the object `server`

A value is plain if it is a literal, a variable of the environment, a constant of such a value, or one of them behind
`||`, `??`, `Number()`, `parseInt()` and `String()`.  The defaults were seen with `ss` beside express 5, koa, fastify 5,
hapi 21, Hono and ws on Node.js 20 (tests/recorded/servers/frameworks.json).

Not modelled: everything else of the language.  A file with a call that is not plain is not answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vnetsim.docker.daemon.listeningsocket import LOOPBACK, ListeningSocket, at
from vnetsim.values import define

_STRING: Final = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
_COMMENT: Final = rf"({_STRING})|(?<![:\\])//[^\n]*|/\*.*?\*/"
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_CALLS: Final = (
    r"(?P<listen>\.listen)\s*\(|(?P<hapi>(?<![\w$])\w+\.(?:server|Server))\s*\(\s*(?=\{)"
    r"|(?P<hono>(?<![\w$.])serve)\s*\(|(?P<socket>new\s+(?:WebSocketServer|(?:WebSocket|ws|WS)\.Server))\s*\("
)
#: What has a method `listen` that opens no port.
_OTHERS: Final = re.compile(r"(?:history|router|i18n|window|document|bridge|worker)$", re.IGNORECASE)
_VARIABLE: Final = re.compile(
    r"(?:process|Bun)\.env(?:\.(\w+)|\[\s*['\"](\w+)['\"]\s*\])|Deno\.env\.get\(\s*['\"](\w+)['\"]\s*\)"
)
_CONVERSION: Final = re.compile(r"(?:Number(?:\.parseInt)?|parseInt|String)\s*(?=\()")
_ABSENT: Final = ("undefined", "null", '""', "''")
_DEPTH: Final = 8


@define
class JavaScriptFile:
    """`text` is without comments after `of`."""

    text: str
    environment: Mapping[str, str]

    @classmethod
    def of(cls, text: str, environment: Mapping[str, str]) -> JavaScriptFile:
        return cls(re.sub(_COMMENT, lambda found: found[1] or " ", text, flags=re.DOTALL), environment)

    # --- values ------------------------------------------------------------------------------------------------------

    def value(self, expression: str, depth: int = _DEPTH) -> str | None:
        """ "" for what is absent; None for what is not plain."""
        text = expression.strip().rstrip("!").strip()
        if not depth:
            return None
        if text in _ABSENT or not text:
            return ""
        for operator in ("||", "??"):
            parts = _split(text, operator)
            if len(parts) > 1:
                return self._first(parts, depth)
        return self._simple(text, depth - 1)

    def _first(self, parts: list[str], depth: int) -> str | None:
        """The first that is there; one that is not plain may be there."""
        for part in parts:
            found = self.value(part, depth - 1)
            if found is None or found:
                return found
        return ""

    def _simple(self, text: str, depth: int) -> str | None:
        if re.fullmatch(r"\d+|true|false", text):
            return text
        if re.fullmatch(_STRING, text):
            return None if text[0] == "`" and "${" in text else text[1:-1]
        found = _VARIABLE.fullmatch(text)
        if found is not None:
            return self.environment.get(next(filter(None, found.groups())), "")
        conversion = _CONVERSION.match(text)
        if conversion is not None or text[0] in "+(":
            inner = text[conversion.end() if conversion else 0 :].lstrip("+").strip()
            if inner[:1] != "(":
                return self.value(inner, depth)
            arguments = _inside(inner, 0)
            return self.value(_split(arguments, ",")[0], depth) if len(arguments) + 2 == len(inner) else None
        return self._constant(text, depth) if re.fullmatch(r"[A-Za-z_$][\w$]*", text) else None

    def _constant(self, name: str, depth: int) -> str | None:
        """Of a name that is set once, or taken out of the environment."""
        word = re.escape(name)
        found = re.findall(rf"(?<![\w$.]){word}\s*(?::\s*[\w |]+)?=(?![=>])\s*([^;\n]+)", self.text)
        taken = re.search(rf"\{{([^{{}}]*(?<![\w$:]){word}(?![\w$:])[^{{}}]*)\}}\s*=\s*process\.env", self.text)
        if taken is not None:
            default = re.search(rf"(?<![\w$]){word}\s*=\s*([^,}}]+)", taken[1])
            return self.environment.get(name) or (self.value(default[1], depth) if default else "")
        return self.value(_split(found[0], ",")[0], depth) if len(found) == 1 else None

    def members(self, expression: str) -> dict[str, str] | None:
        """The members of an object literal, as they are written; None for anything else."""
        text = expression.strip()
        if not text.startswith("{") or len(_inside(text, 0)) + 2 != len(text):
            return None
        found = {}
        for part in _split(_inside(text, 0), ","):
            name, _, value = part.strip().partition(":")
            found[name.strip().strip("'\"")] = value.strip() or name.strip()
        return found

    def section(self, name: str) -> dict[str, str] | None:
        """The members of the object that is the value of `name`; empty if there is none, None if there are several."""
        starts = [found.end() for found in re.finditer(rf"(?<![\w$.]){name}\s*:\s*(?=\{{)", self.text)]
        if not starts:
            return None if re.search(rf"(?<![\w$.]){name}\s*[:(,]", self.text) else {}
        return self.members("{" + _inside(self.text, starts[0]) + "}") if len(starts) == 1 else None

    @property
    def imports(self) -> list[str]:
        """The files that it imports by a relative path."""
        found = re.findall(
            r"(?:require|import)\s*\(\s*['\"](\.[^'\"]*)['\"]|(?:from|import)\s+['\"](\.[^'\"]*)['\"]", self.text
        )
        return list(dict.fromkeys(first or second for first, second in found))

    # --- calls that listen -------------------------------------------------------------------------------------------

    def sockets(self) -> list[ListeningSocket] | None:
        """None if there is no call that listens, or one that is not plain."""
        found: list[ListeningSocket] = []
        for kind, before, arguments in self._calls():
            if kind == "listen" and (_OTHERS.search(before) or (not arguments and "hapi" in self.text.lower())):
                continue
            socket = self._socket(kind, arguments)
            if socket is None:
                return None
            found.append(socket)
        return list(dict.fromkeys(found)) or None

    @property
    def listens(self) -> bool:
        """Whether there is a call that listens, plain or not."""
        return any(kind != "listen" or not _OTHERS.search(before) for kind, before, _ in self._calls())

    def _calls(self) -> Iterator[tuple[str, str, list[str]]]:
        """Its kind, what is before it, and its arguments."""
        for found in re.finditer(_CALLS, self.text):
            package = {"hono": "@hono/node-server", "hapi": "@hapi/hapi"}.get(str(found.lastgroup), "")
            if package not in self.text:
                continue
            before = re.search(r"[\w$]*$", self.text[max(0, found.start() - 30) : found.start()])
            arguments = [
                part
                for part in _split(_inside(self.text, self.text.index("(", found.end(str(found.lastgroup)))), ",")
                if part.strip()
            ]
            yield str(found.lastgroup), before[0] if before else "", arguments

    def _socket(self, kind: str, arguments: list[str]) -> ListeningSocket | None:
        by_default = LOOPBACK if kind == "listen" and re.search(r"fastify|FastifyAdapter", self.text) else ""
        first = arguments[0] if arguments else ""
        members = self.members(first)
        if members is not None:
            if "..." in first or "path" in members or "fd" in members or "server" in members:
                return None
            host = self.value(members.get("host") or members.get("hostname") or "")
            return self._at(members.get("port", "3000" if kind == "hono" else ""), host, by_default)
        if kind == "hono":
            return self._at("3000", "", by_default)
        return self._at(first, self._host(arguments[1:2]), by_default) if kind == "listen" else None

    def _host(self, arguments: list[str]) -> str | None:
        """Of an argument that may be a function, or the length of the queue."""
        text = "".join(arguments).strip()
        is_function = re.match(r"(?:async\s+)?function|\(\s*\)\s*=>|async\s*\(|\([^()]*\)\s*=>|\w+\s*=>", text)
        if not text or is_function or re.search(rf"function\s+{re.escape(text)}\s*\(", self.text):
            return ""
        value = self.value(text)
        return "" if value is not None and value.isdecimal() else value

    def _at(self, port: str, host: str | None, by_default: str) -> ListeningSocket | None:
        number = self.value(port)
        if number is None or host is None or not re.fullmatch(r"\d{1,5}", number):
            return None
        return next(at(host or by_default, int(number)), None)


def _inside(text: str, start: int) -> str:
    """What is between the bracket at `start` and the one that closes it; "" if none does."""
    stack: list[str] = []
    for index, character in _code(text, start):
        if character in _CLOSING:
            stack.append(_CLOSING[character])
        elif stack and character == stack[-1]:
            stack.pop()
            if not stack:
                return text[start + 1 : index]
    return ""


def _split(text: str, separator: str) -> list[str]:
    """At separators that are in no brackets and in no string."""
    parts, depth, begin = [], 0, 0
    for index, character in _code(text, 0):
        depth += (character in "([{") - (character in ")]}")
        if not depth and index >= begin and text.startswith(separator, index):
            parts.append(text[begin:index])
            begin = index + len(separator)
    return [*parts, text[begin:]]


def _code(text: str, start: int) -> Iterator[tuple[int, str]]:
    """The characters outside of strings."""
    index = start
    while index < len(text):
        found = re.compile(_STRING).match(text, index) if text[index] in "\"'`" else None
        if found is not None:
            index = found.end()
        else:
            yield index, text[index]
            index += 1
