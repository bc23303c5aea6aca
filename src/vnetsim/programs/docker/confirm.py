"""Confirmation of a prune and what it prints (docker/cli, command/utils.go)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.clock import Wait
from vnetsim.programs.docker.session import DockerSession


def confirmed(session: DockerSession, warning: str) -> Generator[Wait, Any, bool]:
    """Whether the user answers y; the end of the input is a no."""
    session.process.write(f"{warning}\nAre you sure you want to continue? [y/N] ")
    answer: str = yield session.process.stdin.read_line()
    return answer.strip().lower() == "y"


def print_deleted(session: DockerSession, kind: str, names: list[str] | None) -> None:
    if names:
        session.line("\n".join([f"Deleted {kind}:", *names, ""]))
