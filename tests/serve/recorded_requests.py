"""Requests that `curl` sent to a real engine (tests/recorded/api, Docker Engine 28.5.2), sent to a simulated one.

Ids, addresses that are drawn, times and process numbers differ by nature: both answers are compared without them.
Lists of networks and images have no order.  A pipe behind curl shows control characters: it is undone.
"""

from __future__ import annotations

import asyncio
import bz2
import gzip
import io
import json
import re
import shlex
import tarfile
from collections.abc import Generator
from operator import itemgetter
from pathlib import Path
from typing import Any

import attrs

from tests.serve.clients import Client, Reply
from vnetsim.process.machine import Machine
from vnetsim.serve.messages import JSON
from vnetsim.serve.stdcopy import split

HERE = Path(__file__).parent.parent / "recorded" / "api"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_LONG = re.compile(r"\b[0-9a-f]{64}\b")
_SHORT = re.compile(r"\b[0-9a-f]{12}\b")
_MAC = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b")
_PORTS = re.compile(r"(?<=192\.168\.56\.10:)\d+")
#: Members of objects that are numbers of a machine or a moment.
_MOMENTARY = {"Pid", "Created", "time", "timeNano", "Status"}
#: Time between the starts of two curls at least, in nanoseconds.
_BETWEEN = 50_000_000
#: Seconds after which a request hangs.
_PATIENCE = 30.0
_EXEC = "EXEC-ID"
_SAVED_EXEC = "$(cat /tmp/serve-exec-id)"


@attrs.frozen
class RecordedRequest:
    """One command of a recording, and the answer of the real engine."""

    command: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    reply: Reply

    @classmethod
    def of(cls, command: str, stdout: str) -> RecordedRequest | None:
        """None for what is no request by curl."""
        command = command.replace(_SAVED_EXEC, _EXEC)
        inner = re.fullmatch(r"E=\$\((curl .*) \| sed .*", command)
        parts = shlex.split(inner[1] if inner else command.partition(" | ")[0])
        if parts[:3] == ["docker", "network", "create"]:
            body = json.dumps({"Name": parts[3]}).encode()
            return cls(command, "POST", "/networks/create", {"content-type": JSON}, body, Reply(0, b"", {}))
        if parts[:1] != ["curl"]:
            return None
        method, target, headers, body = "GET", "", {}, b""
        words = iter(parts[1:])
        for word in words:
            match word:
                case "-X":
                    method = next(words)
                case "-I":
                    method = "HEAD"
                case "-H":
                    name, _, value = next(words).partition(": ")
                    headers[name.lower()] = value
                case "--data-binary":
                    body = _archive(next(words))
                    headers.setdefault("content-type", "application/x-www-form-urlencoded")
                case "-d":
                    body = next(words).encode()
                    headers.setdefault("content-type", "application/x-www-form-urlencoded")
                case _ if word.startswith("http://localhost"):
                    target = word.removeprefix("http://localhost")
        reply = Reply(0, b"", {}) if inner or not stdout else _reply(_undone(command, stdout))
        return cls(command, method, target, headers, body, reply)

    @property
    def makes_exec(self) -> bool:
        return self.command.startswith("E=")

    @property
    def is_compared(self) -> bool:
        return self.reply.status != 0


def _archive(name: str) -> bytes:
    """What the recorder had made by tar: the files aa and dd/bb."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in (("aa", b"a"), ("dd/bb", b"b")):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    data = buffer.getvalue()
    if name.endswith(".gz"):
        return gzip.compress(data)
    return bz2.compress(data) if name.endswith(".bz2") else data


def _undone(command: str, stdout: str) -> bytes:
    if command.endswith("| xxd"):
        return bytes.fromhex("".join(line[10:50].replace(" ", "") for line in stdout.splitlines()))
    if command.endswith("| cat -v"):
        return re.sub(r"\^([@-_])", lambda found: chr(ord(found[1]) ^ 64), stdout).encode("latin-1")
    return stdout.encode()


def _reply(output: bytes) -> Reply:
    head, _, body = output.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
    status, *lines = head.decode("latin-1").splitlines()
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    if body[:3] == b"\1\0\0" and split(body)[1]:
        body = body.replace(b"\n", b"\r\n")  # the recorder had read it as text
    return Reply(int(status.split(" ")[1]), body, headers, head.decode("latin-1"))


def requests(name: str) -> list[RecordedRequest]:
    steps = json.loads((HERE / f"{name}.json").read_text("utf-8"))["steps"]
    found = (RecordedRequest.of(step["cmd"], step["stdout"]) for step in steps if "cmd" in step)
    return [request for request in found if request is not None]


def blurred(body: bytes) -> Any:
    """What two machines have in common."""
    frames, rest = split(body)
    if frames and not rest:
        # Two pipes: which of them is read first is a race.
        body = b"".join(b"%d %s" % frame for frame in sorted(frames, key=itemgetter(0)))
    text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    for pattern, word in ((_TIME, "TIME"), (_LONG, "ID"), (_SHORT, "SHORT"), (_MAC, "MAC"), (_PORTS, "PORT")):
        text = pattern.sub(word, text)
    try:
        return _without_moments(json.loads(text))
    except ValueError:
        return text


def _without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: type(each).__name__ if key in _MOMENTARY else _without_moments(each) for key, each in value.items()
        }
    if isinstance(value, list):
        found = [_without_moments(each) for each in value]
        is_set = all(isinstance(each, dict) and ("Scope" in each or "RepoTags" in each) for each in found)
        return sorted(found, key=json.dumps) if is_set else found
    return value


class Replay:
    """Sends the requests of a recording one after the other."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._exec = ""

    async def send(self, request: RecordedRequest) -> Reply:
        target = request.target.replace(_EXEC, self._exec).replace("$(date +%s)", self._client.now())
        async with asyncio.timeout(_PATIENCE):
            reply = await self._client.ask(request.method, target, request.body, request.headers)
        if request.makes_exec:
            self._exec = reply.json()["Id"]
        backend = self._client.server.backend
        await backend.complete(_next_command(backend.machine))
        return reply


def _next_command(machine: Machine) -> Generator[Any, Any, None]:
    """The time between two commands of a recording."""
    yield machine.sleep(_BETWEEN)


async def differences(name: str, client: Client, known: dict[str, str]) -> list[str]:
    """What is answered otherwise than recorded; `known` are reasons by the end of the command (before a pipe)."""
    replay, found, used = Replay(client), [], set()
    for request in requests(name):
        shown = request.command.partition(" | ")[0].replace("http://localhost", "").split("engine.sock")[-1]
        reason = next((end for end in known if shown.rstrip('"').endswith(end)), None)
        if reason is not None:
            used.add(reason)
            if known[reason].startswith("not sent"):
                continue
        reply = await replay.send(request)
        if not request.is_compared or reason is not None:
            continue
        body = b"" if request.method == "HEAD" else reply.body
        mine, real = (reply.status, blurred(body)), (request.reply.status, blurred(request.reply.body))
        kinds = [each.headers.get("Content-Type", "") for each in (reply, request.reply) if not reply.head]
        if mine != real or len(set(kinds)) > 1:
            found.append(f"$ {request.method} {request.target} {request.body[:99]!r}\n  {mine}\n  {real} {kinds}")
    unused = set(known) - used
    return found + [f"known, but not met: {reason}" for reason in sorted(unused)]
