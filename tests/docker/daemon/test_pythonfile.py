"""Ports and values that Python says; recorded ones are in test_projectfiles."""

from __future__ import annotations

import pytest

from vnetsim.docker.daemon.pythonfile import PythonFile

FLASK = "from flask import Flask\napp = Flask('a')\n"


def ports(text: str, **environment: str) -> list[str] | None:
    found = PythonFile.of(text, environment).sockets()
    return None if found is None else [f"{one.address or '*'}:{one.port}/{one.protocol}" for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{FLASK}app.run(host='0.0.0.0', port=int(os.environ.get('PORT', 8080)))", ["0.0.0.0:8080/tcp"]),
        (f"{FLASK}if __name__ == '__main__':\n    app.run(debug=True)", ["127.0.0.1:5000/tcp"]),
        ("from shop import create_app\napp = create_app()\napp.run(host='::', port=81)", [":::81/tcp"]),
        ("import flask\ncreate_app().run(host='localhost')", ["127.0.0.1:5000/tcp"]),
        ("import uvicorn\nPORT = os.getenv('PORT') or '8001'\nuvicorn.run('a:b', port=int(PORT))",
         ["127.0.0.1:8001/tcp"]),
        ("import uvicorn\nuvicorn.run(app, host=None)", ["127.0.0.1:8000/tcp"]),
        ("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('', 53))", ["0.0.0.0:53/udp"]),
        (f"{FLASK}app.run(host=settings.host)", None),
        (f"{FLASK}app.run(**options)", None),
        (f"{FLASK}app.run(*options)", None),
        ("import uvicorn\nuvicorn.run(app, uds='/run/x')", None),
        ("import uvicorn\nport = 1\nport = 2\nuvicorn.run(app, port=port)", None),
        ("import asyncio, subprocess\nasyncio.run(main())\nsubprocess.run(['ls'])", None),
        ("from shop import create_app\napp = create_app()\napp.run()", None),
        ("def f(:", None),
        ("\0", None),
        ("a = b\nb = a\nimport uvicorn\nuvicorn.run(app, port=a)", None),
    ],
)  # fmt: skip
def test_a_call_that_is_plain_tells_its_port(text: str, found: list[str] | None) -> None:
    assert ports(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bind = '0.0.0.0:8000'", ["0.0.0.0:8000"]),
        ("import os\nbind = f\"0.0.0.0:{os.environ.get('PORT', '8000')}\"", ["0.0.0.0:81"]),
        ("import os\nbind = '0.0.0.0:' + os.environ['PORT']", ["0.0.0.0:81"]),
        ("bind = ['a:1', 'b:2']", ["a:1", "b:2"]),
        ("workers = 1", []),
        ("bind = pick()", None),
        ("bind = '1'\nbind = '2'", None),
        ("def f(:", None),
    ],
)
def test_a_name_that_is_set_once_has_texts(text: str, found: list[str] | None) -> None:
    assert PythonFile.of(text, {"PORT": "81"}).texts("bind") == found
