"""A page without a browser: its messages, and a clock that advances when the worker waits."""

from __future__ import annotations

import base64
from typing import Any

from vnetsim.browser.fragment import LabText, encoded
from vnetsim.browser.worker import PageWorker
from vnetsim.clock import SECOND


class Page:
    """A worker, and what it posted; `now` is the computer's clock in seconds."""

    def __init__(self, lab: LabText | None = None, lesson: str | None = None) -> None:
        self.now = 50.0
        self.messages: list[dict[str, Any]] = []
        self.worker = PageWorker(self.messages.append, lambda: round(self.now * SECOND))
        self.send(type="open", fragment="#" + encoded(lab) if lab else "", lesson=lesson)

    def send(self, **message: Any) -> None:
        self.worker.receive(message)

    def step(self) -> None:
        self.now += max(self.worker.step(), 0.001)

    def type(self, *lines: str) -> str:
        """Type them, each when the one before is over, and give what the terminal showed since."""
        before = len(self.messages)
        for line in lines:
            self.send(type="line", text=line)
            self.wait()
        return self.shown(before)

    def wait(self) -> None:
        """Until the prompt is there again."""
        for _ in range(20_000):
            self.step()
            if self.last("prompt")["ready"]:
                return
        raise AssertionError(f"it goes on: {self.shown()[-500:]}")

    def shown(self, since: int = 0) -> str:
        return "".join(each["text"] for each in self.messages[since:] if each["type"] == "write")

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.messages if each["type"] == kind]

    def last(self, kind: str) -> dict[str, Any]:
        return self.all(kind)[-1]

    def download(self, what: str) -> tuple[str, bytes]:
        self.send(type="download", what=what)
        file = self.last("file")
        return file["name"], base64.b64decode(file["data"])
