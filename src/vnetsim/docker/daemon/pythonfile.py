"""What a Python file says where it is plain: values of names, and the ports on which its calls listen.

    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", 5000)))
    uvicorn.run("main:app")                        tcp/8000 of 127.0.0.1
    bind = f"0.0.0.0:{port}"                       the value of `bind` in gunicorn.conf.py

A value is plain if it is a literal, a variable of the environment, a name that is set once to such a value, or one of
them in `int()`, `str()`, an f-string, a sum or behind `or`.  The defaults were seen with `ss` beside the frameworks
(tests/recorded/servers/frameworks.json).

Not modelled: everything else of the language.  A file with a call that is not plain is not answered.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs

from vnetsim.docker.daemon.listeningsocket import IPV4, LOOPBACK, ListeningSocket, at, of_text
from vnetsim.values import define, frozen


@frozen
class _Call:
    """Its arguments by name, the order of those without one, and their defaults; `source` is what must be imported."""

    source: str
    order: tuple[str, ...]
    host: str
    port: str = ""
    #: The names of the arguments.
    names: tuple[str, str] = ("host", "port")
    #: Variables of the environment that have the defaults.
    variables: tuple[str, str] = ("", "")


_HOST_PORT: Final = ("host", "port")
#: By the class of the object, or by the function.
_CALLS: Final = {
    "Flask.run": _Call("flask", (*_HOST_PORT, "debug"), LOOPBACK, "5000"),
    "Quart.run": _Call("quart", _HOST_PORT, LOOPBACK, "5000"),
    "Dash.run": _Call("dash", _HOST_PORT, LOOPBACK, "8050", variables=("HOST", "PORT")),
    "Dash.run_server": _Call("dash", _HOST_PORT, LOOPBACK, "8050", variables=("HOST", "PORT")),
    "Sanic.run": _Call("sanic", _HOST_PORT, LOOPBACK, "8000"),
    "SocketIO.run": _Call("flask_socketio", ("app", *_HOST_PORT), LOOPBACK, "5000"),
    "uvicorn.run": _Call("uvicorn", ("app",), LOOPBACK, "8000"),
    "web.run_app": _Call("aiohttp", ("app",), "", "8080"),
    "serve": _Call("waitress", ("app",), IPV4, "8080"),
    "waitress.serve": _Call("waitress", ("app",), IPV4, "8080"),
    "run": _Call("bottle", ("app", "server", *_HOST_PORT), LOOPBACK, "8080"),
    "bottle.run": _Call("bottle", ("app", "server", *_HOST_PORT), LOOPBACK, "8080"),
    "Application.listen": _Call("tornado", ("port", "address"), "", names=("address", "port")),
    "HTTPServer.listen": _Call("tornado", ("port", "address"), "", names=("address", "port")),
    "make_server": _Call("wsgiref", (*_HOST_PORT, "app"), IPV4),
    "asyncio.start_server": _Call("asyncio", ("client_connected_cb", *_HOST_PORT), ""),
    "launch": _Call("gradio", (), LOOPBACK, "7860", ("server_name", "server_port"),
                    ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT")),
}  # fmt: skip
#: Classes and methods whose first argument is a pair of host and port.
_PAIRS: Final = ("HTTPServer", "ThreadingHTTPServer", "TCPServer", "ThreadingTCPServer", "WSGIServer", "bind")
_TEXTS: Final = ("add_insecure_port", "add_secure_port")
_DEPTH: Final = 8


@define
class PythonFile:
    """`tree` None: it is no Python of this version."""

    tree: ast.Module | None
    environment: Mapping[str, str]

    @classmethod
    def of(cls, text: str, environment: Mapping[str, str]) -> PythonFile:
        try:
            return cls(ast.parse(text), environment)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return cls(None, environment)

    # --- values ------------------------------------------------------------------------------------------------------

    def assigned(self, name: str) -> ast.expr | None:
        """What a name is set to, if that is done once."""
        found = [
            node.value
            for node in ast.walk(self.tree or ast.Module([], []))
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and name in _targets(node)
        ]
        return found[0] if len(found) == 1 else None

    def texts(self, name: str) -> list[str] | None:
        """The text, or the list of texts, that a name is set to; empty if it is not set, None for what is not plain."""
        value = self.assigned(name)
        if value is None:
            return [] if self.tree is not None and name not in _names(self.tree) else None
        items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        found = [self.value(each) for each in items]
        return None if None in found else [each for each in found if each]

    def value(self, node: ast.expr | None, depth: int = _DEPTH) -> str | None:
        """ "" for what is absent, which None is; None for what is not plain."""
        if node is None or not depth:
            return None
        if isinstance(node, ast.Constant):
            return str(node.value if node.value is not None else "")
        if isinstance(node, ast.Name):
            return self.value(self.assigned(node.id), depth - 1)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return self._first(node.values, depth)
        parts = _parts(node)
        if parts is not None:
            values = [self.value(each, depth - 1) for each in parts]
            return None if None in values else "".join(filter(None, values))
        return self._called(node, depth - 1)

    def _first(self, nodes: list[ast.expr], depth: int) -> str | None:
        for node in nodes:
            found = self.value(node, depth - 1)
            if found is None or found:
                return found
        return ""

    def _called(self, node: ast.expr, depth: int) -> str | None:
        """`int(...)`, and the variables of the environment."""
        if isinstance(node, ast.Subscript):
            is_variable = _name(node.value).rpartition(".")[2] == "environ"
            return self.environment.get(self.value(node.slice, depth) or "") if is_variable else None
        if not isinstance(node, ast.Call) or not node.args or node.keywords:
            return None
        name, first = _name(node.func), self.value(node.args[0], depth)
        if name in ("int", "str") and len(node.args) == 1:
            return first
        if first is None or name.rpartition("os.")[2] not in ("environ.get", "getenv"):
            return None
        known = self.environment.get(first)
        return known if known is not None else self.value(node.args[1], depth) if node.args[1:] else ""

    # --- calls that listen -------------------------------------------------------------------------------------------

    def sockets(self) -> list[ListeningSocket] | None:
        """None if there is no call that listens, or one that is not plain."""
        found: list[ListeningSocket] = []
        for read in self._calls():
            socket = read()
            if socket is None:
                return None
            found.append(socket)
        return list(dict.fromkeys(found)) or None

    def _calls(self) -> Iterator[Callable[[], ListeningSocket | None]]:
        """What reads each call that listens."""
        if self.tree is None:
            return
        imported = _imported(self.tree)
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Call):
                continue
            known = self._known(node)
            last = _name(node.func).rpartition(".")[2]
            if known is not None and (not known.source or known.source in imported):
                yield lambda node=node, known=known: self._socket(node, known)  # type: ignore[misc]
            elif last in _PAIRS and node.args and isinstance(node.args[0], ast.Tuple) and len(node.args[0].elts) == 2:
                yield lambda pair=node.args[0], last=last: self._of_pair(pair, last)  # type: ignore[misc]
            elif last in _TEXTS and node.args:
                yield lambda node=node: self._of_text(node.args[0])  # type: ignore[misc]

    def _known(self, node: ast.Call) -> _Call | None:
        name = _name(node.func)
        before, _, method = name.rpartition(".")
        maker = self.assigned(before) if before and "." not in before else None
        if isinstance(maker, ast.Call):
            name = f"{_name(maker.func).rpartition('.')[2]}.{method}"
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            name = f"{_name(node.func.value.func).rpartition('.')[2]}.{method}"
        return _CALLS.get(name) or (_CALLS["launch"] if method == "launch" else self._of_factory(node, method))

    def _of_factory(self, node: ast.Call, method: str) -> _Call | None:
        """`create_app().run(host=...)`: which framework's is known if it is imported, or tells both."""
        given = {each.arg for each in node.keywords}
        if method != "run" or not given & {"host", "port"}:
            return None
        return attrs.evolve(
            _CALLS["Flask.run"],
            source="",
            port="5000" if self.tree is not None and "flask" in _imported(self.tree) else "",
        )

    def _socket(self, node: ast.Call, call: _Call) -> ListeningSocket | None:
        given: dict[str, ast.expr] = dict(zip(call.order, node.args, strict=False))
        given |= {each.arg: each.value for each in node.keywords if each.arg}
        if any(each.arg is None for each in node.keywords) or {"listen", "sock", "fd", "uds", "unix_socket"} & {*given}:
            return None
        if any(isinstance(each, ast.Starred) for each in node.args) or len(node.args) > len(call.order):
            return None
        host, port = (
            self.value(given[name]) if name in given else self.environment.get(variable, "")
            for name, variable in zip(call.names, call.variables, strict=True)
        )
        return _at(call.host if host == "" else host, port or (None if port is None else call.port))

    def _of_pair(self, pair: ast.expr, last: str) -> ListeningSocket | None:
        assert isinstance(pair, ast.Tuple)
        host, port = map(self.value, pair.elts)
        datagrams = last == "bind" and "SOCK_DGRAM" in ast.dump(self.tree) if self.tree else False
        return _at(IPV4 if host == "" else host, port, "udp" if datagrams else "tcp")

    def _of_text(self, node: ast.expr) -> ListeningSocket | None:
        """gRPC takes 0.0.0.0 and [::] for all addresses."""
        return next(of_text((self.value(node) or "").replace("[::]", "*"), is_go=True), None)


def _at(host: str | None, port: str | None, protocol: str = "tcp") -> ListeningSocket | None:
    if host is None or port is None or not (port.isascii() and port.isdecimal()):
        return None
    return next(at(host, int(port), protocol), None)


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _names(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _parts(node: ast.expr) -> list[ast.expr] | None:
    """Of an f-string, or of a sum."""
    if isinstance(node, ast.JoinedStr):
        return [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
    return [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else None


def _name(node: ast.expr) -> str:
    """`os.environ.get`; "" for what is no name."""
    if isinstance(node, ast.Attribute):
        before = _name(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _imported(tree: ast.Module) -> set[str]:
    """The packages."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
