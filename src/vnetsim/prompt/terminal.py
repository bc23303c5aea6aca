"""Where the lines of a session come from: a terminal with history and completion, or standard input.

The only module that knows prompt_toolkit.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

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

#: The exit status of what Ctrl-C ended.
_INTERRUPTED = 130


class LineReader(Protocol):
    """Reads a line; EOFError at the end, KeyboardInterrupt at Ctrl-C."""

    def __call__(self, prompt: str, /) -> str: ...


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


def asker(session: PromptSession, clock: WallClock | None, serve: Callable[[], object] = bool) -> LineReader:
    """A prompt with history and completion; with a clock, simulated time goes on while the user types.

    `serve` is called meanwhile.
    """
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


def joined_asker() -> Callable[[str, AttachConnection], str]:
    """A prompt with history on a connection, whose output is shown while the user types."""
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
