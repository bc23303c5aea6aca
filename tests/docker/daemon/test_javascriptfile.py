"""Ports and values that JavaScript says; recorded ones are in test_projectfiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.docker.daemon.javascriptfile import JavaScriptFile


def ports(text: str, **environment: str) -> list[str] | None:
    found = JavaScriptFile.of(text, environment).sockets()
    return None if found is None else [f"{one.address or '*'}:{one.port}" for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("app.listen(3000)", ["*:3000"]),
        ("await app.listen(process.env.PORT ?? 3000)", ["*:3000"]),
        ("const port = parseInt(process.env.PORT || '8081', 10)\napp.listen(port, () => {})", ["*:8081"]),
        ("const port: number = Number(process.env['PORT']) || 8082;\napp.listen(port)", ["*:8082"]),
        ("const { PORT = 8083 } = process.env;\napp.listen(PORT)", ["*:8083"]),
        ("const HOST = 'localhost', PORT = 1;\napp.listen(8084, HOST)", ["127.0.0.1:8084"]),
        ("app.listen(8085, onListening);\nfunction onListening() {}", ["*:8085"]),
        ("app.listen(3000, '0.0.0.0', () => console.log(`http://localhost:${3000}`))", ["0.0.0.0:3000"]),
        ("const port = 3000\nserver.listen({ port, host: '127.0.0.1' })", ["127.0.0.1:3000"]),
        ("// app.listen(1)\n/* app.listen(2) */ app.listen(3000)", ["*:3000"]),
        ("const url = 'http://x'; app.listen(3000)", ["*:3000"]),
        ("app.listen(3000); metrics.listen(9100)", ["*:3000", "*:9100"]),
        ("import fastify from 'fastify'\nfastify().listen({ port: 3000 })", ["127.0.0.1:3000"]),
        ("history.listen(f); app.listen(3000)", ["*:3000"]),
        ("new WebSocket.Server({ port: 8080 })", ["*:8080"]),
        ("app.listen(await free())", None),
        ("app.listen(process.env.PORT)", None),
        ("app.listen(config.port)", None),
        ("let port = 1; port = 2; app.listen(port)", None),
        ("app.listen('/run/x.sock')", None),
        ("app.listen(70000)", None),
        ("app.listen(3000, hosts[0])", None),
        ("app.listen({ ...options })", None),
        ("new WebSocket.Server({ server })", None),
        ("module.exports = app", None),
        ("app.listen(", None),
        ("const a = b, b = a; app.listen(a)", None),
    ],
)
def test_a_call_that_is_plain_tells_its_port(text: str, found: list[str] | None) -> None:
    assert ports(text) == found


def test_its_imports_are_those_by_relative_paths() -> None:
    text = "import a from './a';\nimport './b.js'\nconst c = require('../c'), d = require('d'); await import(\"./e\")"
    file = JavaScriptFile.of(text, {})
    assert (file.imports, file.listens) == (["./a", "./b.js", "../c", "./e"], False)
    assert JavaScriptFile.of("app.listen(config.port)", {}).listens


def test_a_variable_of_the_environment_counts() -> None:
    assert ports("app.listen(process.env.PORT || 3000)", PORT="81") == ["*:81"]
    assert ports("const { PORT } = process.env; app.listen(PORT)", PORT="82") == ["*:82"]


@given(st.text("app.listen(3000){}[]'\"`$|?,:;=/*\n const", max_size=60))
def test_any_text_is_read(text: str) -> None:
    found = ports(text)
    assert found is None or found
