"""Where the lines of a session come from: a terminal with history and completion, or standard input.

The only module that knows prompt_toolkit.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from vnetsim.docker.term import DETACH
from vnetsim.errors import UsageError
from vnetsim.programs.libc.octets import shown
from vnetsim.prompt.completion import candidates
from vnetsim.prompt.session import PromptSession
from vnetsim.wallclock import TICK, WallClock

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import KeyPressEvent

    from vnetsim.prompt.attach_client import AttachConnection

#: How long after Escape a key belongs to it, in seconds.
_ESCAPE_SECONDS: Final = 0.05
#: What a terminal sends for keys that prompt_toolkit names, where it keeps no data for them.
_SEQUENCES: Final = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~", "c-m": "\r", "c-h": "\x7f",
}  # fmt: skip
#: The exit status of what Ctrl-C ended.
_INTERRUPTED = 130


class LineReader(Protocol):
    """Reads a line; EOFError at the end, KeyboardInterrupt at Ctrl-C."""

    def __call__(self, prompt: str, /) -> str: ...


@runtime_checkable
class TerminalReader(LineReader, Protocol):
    """A terminal, which also tells keys as they are typed, and its size in lines and columns."""

    def keys(self) -> str: ...
    def size(self) -> tuple[int, int]: ...


def next_line(_prompt: str) -> str:
    """From standard input, which is no terminal."""
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError as error:
        found = f"0x{error.object[error.start]:02x}"
        raise UsageError(f"standard input: expected UTF-8 text, found the byte {found}") from None
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    if not line:
        raise EOFError
    return line.removesuffix("\n")


def to_stdout(text: str) -> None:
    sys.stdout.write(shown(text))
    sys.stdout.flush()


def asker(session: PromptSession, clock: WallClock | None, serve: Callable[[], object] = bool) -> TerminalReader:
    """A prompt with history and completion; with a clock, simulated time goes on while the user types.

    `serve` is called meanwhile.
    """
    return _SessionAsker(session, clock, serve)


async def _typed_keys() -> str:
    """Keys, as a terminal sends them, as soon as there are any."""
    from prompt_toolkit.application import get_app_session  # noqa: PLC0415

    source, typed = get_app_session().input, asyncio.Event()
    found = ""
    with source.raw_mode(), source.attach(typed.set):
        while not found:
            await typed.wait()
            typed.clear()
            pressed = source.read_keys()
            if not pressed:
                # The beginning of a sequence, or the key Escape.
                await asyncio.sleep(_ESCAPE_SECONDS)
                pressed = source.read_keys() + source.flush_keys()
            found = "".join(_SEQUENCES.get(str(getattr(key.key, "value", key.key)), key.data) for key in pressed)
    return found


class _SessionAsker:
    """Lines and keys of the terminal of a session."""

    def __init__(self, session: PromptSession, clock: WallClock | None, serve: Callable[[], object]) -> None:
        self._session, self._clock, self._serve = session, clock, serve
        self._ask = _line_asker(session, clock, serve)

    def __call__(self, prompt: str) -> str:
        return self._ask(prompt)

    def size(self) -> tuple[int, int]:
        return window_size()

    def keys(self) -> str:
        typed = asyncio.run(self._live())
        if self._clock is not None:
            self._session.follow(self._clock)
        return typed

    async def _live(self) -> str:
        if self._clock is None:
            return await _typed_keys()
        background = asyncio.ensure_future(_go_on(self._session, self._clock, self._serve))
        try:
            return await _typed_keys()
        finally:
            background.cancel()


def window_size() -> tuple[int, int]:
    columns, lines = shutil.get_terminal_size()
    return lines, columns


def _line_asker(session: PromptSession, clock: WallClock | None, serve: Callable[[], object]) -> LineReader:
    from prompt_toolkit import PromptSession  # noqa: PLC0415 -- takes a tenth of a second to import
    from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415
    from prompt_toolkit.patch_stdout import patch_stdout  # noqa: PLC0415

    prompt: PromptSession[str] = PromptSession(
        history=InMemoryHistory(),
        completer=_completer(lambda before: candidates(session.lab, before)),
        complete_while_typing=False,
        key_bindings=_keys(),
    )

    async def live(text: str, clock: WallClock) -> str:
        background = asyncio.ensure_future(_go_on(session, clock, serve))
        try:
            with patch_stdout(raw=True):
                return await prompt.prompt_async(text)
        finally:
            background.cancel()

    def ask(text: str) -> str:
        # A program may have written the prompt already; prompt_toolkit draws it from the first column.
        to_stdout("\r")
        if clock is None:
            return prompt.prompt(text)
        line = asyncio.run(live(text, clock))
        session.follow(clock)
        return line

    return ask


def _keys() -> Any:
    """Ctrl-P Ctrl-Q, which detach from a container, are a line of their own."""
    from prompt_toolkit.key_binding import KeyBindings  # noqa: PLC0415

    bindings = KeyBindings()

    @bindings.add("c-p", "c-q")
    def _detach(event: KeyPressEvent) -> None:
        event.app.exit(result=DETACH)

    return bindings


async def _go_on(session: PromptSession, clock: WallClock, serve: Callable[[], object]) -> None:
    """The background, while the user types."""
    session.follow(clock)
    while True:
        session.catch_up(clock)
        serve()
        await asyncio.sleep(TICK)


class JoinedAsker:
    """Lines and keys of a further terminal; what comes on its connection meanwhile is shown."""

    def __init__(self) -> None:
        self._ask = _joined_line_asker()

    def __call__(self, prompt: str, connection: AttachConnection, /) -> str:
        return self._ask(prompt, connection)

    def size(self) -> tuple[int, int]:
        return window_size()

    def keys(self, connection: AttachConnection) -> str:
        return asyncio.run(self._live(connection))

    async def _live(self, connection: AttachConnection) -> str:
        typing = asyncio.ensure_future(_typed_keys())
        showing = asyncio.ensure_future(_show(connection, lambda **_: typing.cancel()))
        try:
            return await typing
        except asyncio.CancelledError:
            return ""
        finally:
            showing.cancel()


def _joined_line_asker() -> Callable[[str, AttachConnection], str]:
    """A prompt with history on a connection."""
    from prompt_toolkit import PromptSession  # noqa: PLC0415
    from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415
    from prompt_toolkit.patch_stdout import patch_stdout  # noqa: PLC0415

    prompt: PromptSession[str] = PromptSession(history=InMemoryHistory(), key_bindings=_keys())

    async def live(text: str, connection: AttachConnection) -> str:
        showing = asyncio.ensure_future(_show(connection, prompt.app.exit))
        try:
            with patch_stdout(raw=True):
                return await prompt.prompt_async(text)
        finally:
            showing.cancel()

    def ask(text: str, connection: AttachConnection) -> str:
        to_stdout("\r")
        return asyncio.run(live(text, connection))

    return ask


async def _show(connection: AttachConnection, leave: Callable[..., object]) -> None:
    """What comes while the user types; Ctrl-D is typed when the other side has gone."""
    while True:
        if connection.has_message():
            message = connection.receive()
            if "show" in message:
                to_stdout(message["show"])
            elif "over" in message:
                connection.ended = message
                leave(exception=EOFError)
                return
        else:
            await asyncio.sleep(TICK)


def _completer(find: Callable[[str], Iterator[str]]) -> Any:
    from prompt_toolkit.completion import Completer, Completion  # noqa: PLC0415

    class Names(Completer):
        """Commands, namespaces, devices, containers."""

        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002
            prefix = document.get_word_before_cursor(WORD=True)
            for name in find(document.text_before_cursor):
                yield Completion(name, start_position=-len(prefix))

    return Names()
