"""The worker's side of the page: messages in, messages out, and a step whenever the message loop comes round.

Messages are JSON objects with a `type`.  In: `open` (a fragment, a lesson or a file), `line`, `key`, `complete`,
`download`, `fast`, `columns` (of the terminal).  Out: `write`, `prompt`, `opened`, `chunk` (what is new for the
player), `completions`, `file` (base64), `lessons`, `lesson`, `url`, `error`, `over`.  Lines typed while a command runs
wait for it.

Not modelled: keys other than Ctrl-C and Ctrl-Z that reach a program before Enter (raw mode), several terminals.
"""

from __future__ import annotations

import base64
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from vnetsim.browser import fragment, opening
from vnetsim.browser.fragment import LabText
from vnetsim.browser.opening import Opened
from vnetsim.browser.watched import WatchedLab
from vnetsim.errors import UsageError, VnetsimError
from vnetsim.lesson import lessons
from vnetsim.prompt.completion import candidates
from vnetsim.prompt.entered import CTRL_C, CTRL_D
from vnetsim.scenario.handout import Handout
from vnetsim.scenario.handout import encoded as handout_of
from vnetsim.shell.parser import is_complete
from vnetsim.wallclock import TICK, WallClock

Message = dict[str, Any]
_NO_PROMPT: Final = ("", False)
#: Real seconds between two looks at the background between two commands.
_IDLE: Final = 0.05
#: Simulated seconds after which a command gets Ctrl-C.
_PATIENCE: Final = 3600.0


def _lab_of(message: Message) -> LabText | None:
    """The file that was chosen, or the lab of the URL."""
    match message:
        case {"name": str(name), "text": str(text)}:
            return LabText(name, text)
    return fragment.decoded(str(message.get("fragment", "")))


class PageWorker:
    """`post` gets each message; `wall` is the computer's clock in nanoseconds."""

    def __init__(self, post: Callable[[Message], object], wall: Callable[[], int] = time.monotonic_ns) -> None:
        self._post, self._clock = post, WallClock(wall=wall)
        self._opened: Opened | None = None
        self._watched: WatchedLab | None = None
        self._typing: Iterator[float] | None = None
        self._waiting: deque[str] = deque()
        self._text, self._fast, self._prompt = "", False, _NO_PROMPT
        self._columns = 0

    # --- messages ----------------------------------------------------------------------------------------------------

    def receive(self, message: Message) -> None:
        """Take a message; what a user can do wrong is answered by an `error`, a sentence."""
        try:
            self._receive(message)
        except (VnetsimError, OSError, ValueError) as error:
            self._post({"type": "error", "text": str(error)})
        self._show()

    def _receive(self, message: Message) -> None:
        match message:
            case {"type": "open"}:
                self._open(message)
            case {"type": "line", "text": str(text)}:
                self._waiting.append(text)
            case {"type": "key", "key": str(key)}:
                self._key(key)
            case {"type": "complete", "before": str(before)}:
                self._complete(before)
            case {"type": "download", "what": str(what)}:
                self._download(what)
            case {"type": "columns", "columns": int(columns)}:
                self._columns = columns
            case {"type": "fast", "on": bool(on)}:
                self._fast = on
                self._set_clock()
            case _:
                raise UsageError(f"no message of the page: {message!r}")

    def _open(self, message: Message) -> None:
        self._abandon()
        self._opened = None
        try:
            lab = _lab_of(message)
            self._opened = opened = opening.opened(
                lab, message.get("lesson"), self._write, _PATIENCE, lambda: self._columns
            )
        except (VnetsimError, OSError, ValueError) as error:
            self._post({"type": "error", "text": str(error)})
            self._opened = opened = opening.opened(None, None, self._write, _PATIENCE)
        self._watch()
        self._post(
            {"type": "lessons", "names": [path.stem for path in lessons.paths()], "opened": message.get("lesson")}
        )
        opened.begin()
        self._set_clock()
        self._after()

    def _abandon(self) -> None:
        """Forget the machine that there was, and what was typed for it."""
        self._typing, self._text, self._prompt = None, "", _NO_PROMPT
        self._waiting.clear()

    # --- what is typed -----------------------------------------------------------------------------------------------

    def _key(self, key: str) -> None:
        opened = self._require_opened()
        if self._typing is not None:
            self._waiting.clear()
            opened.session.press(key)
        elif key == CTRL_D:
            self._waiting.append(CTRL_D)
        elif key == CTRL_C:
            self._text = ""
            if not opened.session.reads_commands:
                self._waiting.append(CTRL_C)

    def _require_opened(self) -> Opened:
        if self._opened is None:
            raise UsageError("there is no machine yet")
        return self._opened

    def _take(self, opened: Opened, text: str) -> None:
        """A line, or a key, that was typed."""
        session = opened.session
        if text in (CTRL_C, CTRL_D):
            text, self._text = self._text or text, ""
            self._type(opened, text)
            return
        text = self._text + text + "\n"
        self._text = text if session.reads_commands and not is_complete(text) else ""
        if self._text:
            return
        if session.reads_commands and self._commanded(opened, text):
            self._after()
        else:
            self._type(opened, text)

    def _type(self, opened: Opened, text: str) -> None:
        if opened.session.reads_commands and text == CTRL_D and not opened.session.nested:
            self._write("logout: this is the outermost shell of the page; open a lab or a lesson for a new machine\n")
            return
        self._set_clock()
        self._typing = opened.session.typing(text)

    def _commanded(self, opened: Opened, text: str) -> bool:
        """Whether it was a command about the session; such wait for no clock."""
        opened.session.lab.machine.engine.wall = None
        before = opened.session.lab
        found = opened.commands(opened.session, text)
        if opened.session.lab is not before:
            self._watch()
        if found and text.split(maxsplit=1)[0] == "save":
            self._offer(Path(text.rsplit(maxsplit=1)[-1]))
        self._set_clock()
        return found

    def _offer(self, path: Path) -> None:
        """A file that `save` wrote, for the user to keep."""
        if path.is_file():
            self._file(path.name, path.read_bytes())
            path.unlink()

    # --- time --------------------------------------------------------------------------------------------------------

    def step(self) -> float:
        """Go on for a moment; the real seconds until the next call."""
        wait = TICK
        if self._opened is not None:
            try:
                wait = self._step(self._opened)
            except VnetsimError as error:
                self._typing = None
                self._write(f"{error}\n")
        self._show()
        return wait

    def _step(self, opened: Opened) -> float:
        if self._typing is None and self._waiting and not opened.session.over:
            self._take(opened, self._waiting.popleft())
        if self._typing is not None:
            wait = next(self._typing, None)
            if wait is not None:
                return wait
            self._typing = None
            self._after()
            return 0.0
        if not self._fast and not opened.session.over:
            opened.session.catch_up(self._clock)
        return 0.0 if self._waiting else _IDLE

    def _set_clock(self) -> None:
        session = self._require_opened().session
        if self._fast:
            session.lab.machine.engine.wall = None
        else:
            session.follow(self._clock)

    # --- what the page shows -----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """A machine without watchers: a new one, or one as it was before `undo`."""
        opened = self._require_opened()
        self._watched = WatchedLab(opened.session.lab, opened.title)
        self._post({"type": "opened", "title": opened.title, "kind": opened.kind})

    def _after(self) -> None:
        opened = self._require_opened()
        if opened.session.over:
            self._post({"type": "over", "status": opened.session.status})
        if opened.lesson is not None:
            self._post({"type": "lesson", **opened.lesson.progress})

    def _show(self) -> None:
        if self._opened is None:
            return
        chunk = None if self._watched is None else self._watched.chunk()
        if chunk is not None:
            self._post({"type": "chunk", "chunk": chunk})
        session, idle = self._opened.session, self._typing is None and not self._waiting
        prompt = "> " if self._text else session.prompt
        if (prompt, idle) != self._prompt:
            self._prompt = prompt, idle
            self._post({"type": "prompt", "text": prompt, "ready": idle, "reads": session.reads_commands})

    def _write(self, text: str) -> None:
        self._post({"type": "write", "text": text})

    def _complete(self, before: str) -> None:
        opened = self._require_opened()
        found = [] if self._typing is not None else sorted(candidates(opened.session.lab, before))
        self._set_clock()
        self._post({"type": "completions", "before": before, "names": found})

    # --- files -------------------------------------------------------------------------------------------------------

    def _download(self, what: str) -> None:
        opened = self._require_opened()
        if self._typing is not None and what != "pcapng":
            raise UsageError("a command runs; Ctrl-C ends it")
        if what == "pcapng":
            assert self._watched is not None
            self._file("vnetsim.pcapng", self._watched.pcapng())
        elif what == "session":
            self._file("vnetsim.session", opened.session.lab.session().encode("utf-8", "replace"))
        elif what == "vlab":
            self._file("vnetsim.vlab", handout_of(self._handout(opened)).encode("utf-8", "replace"))
        elif what == "url":
            text = opened.text or LabText("lab.session", opened.session.lab.session())
            self._post({"type": "url", "fragment": fragment.encoded(text)})
        else:
            raise UsageError(f"{what!r}: expected pcapng, session, vlab or url")

    def _handout(self, opened: Opened) -> Handout:
        """The lesson without its answers, or what was typed so far as a lab."""
        if opened.lesson is not None:
            return opened.lesson.handout
        session = opened.session.lab.session()
        return Handout(opened.title, opened.session.lab.seed, f"# {opened.title}\n\n```console\n{session}```\n")

    def _file(self, name: str, data: bytes) -> None:
        self._post({"type": "file", "name": name, "data": base64.b64encode(data).decode("ascii")})
