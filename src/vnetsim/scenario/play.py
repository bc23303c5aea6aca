"""Playing a session on a lab."""

from __future__ import annotations

from collections.abc import Callable

from vnetsim.lab import Lab
from vnetsim.lab.base_lab import DEFAULT_TIMEOUT_SECONDS
from vnetsim.scenario.document import Command, Document, Pause, Prose
from vnetsim.values import frozen

#: Gets the transcript piece by piece, as it comes into being.
Show = Callable[[str], object]


@frozen(kw_only=True)
class Played:
    """What a command of the document came to, this time; `seconds` are simulated."""

    command: Command
    output: str
    status: int
    seconds: float

    @property
    def lines(self) -> tuple[str, ...]:
        """The output as it would be written into a session file, with the exit status at the end."""
        lines = [line.rstrip() for line in self.output.split("\n")]
        while lines and not lines[-1]:
            lines.pop()
        return (*lines, f"[{self.status}]") if self.status else tuple(lines)


def play(document: Document, lab: Lab, show: Show | None = None) -> tuple[Played, ...]:
    """Run every command of the document in order and let its pauses pass."""
    emit = show or _discard
    played: list[Played] = []
    for part in document.parts:
        match part:
            case Prose():
                emit(f"\n{part.text}\n\n" if played else f"{part.text}\n\n")
            case Pause():
                emit(f"@ +{part.seconds:g}s\n")
                lab.sleep(part.seconds)
            case Command():
                with lab.shortfall.located_at(document.name, part.line):
                    played.append(_run(part, lab, emit))
    return tuple(played)


def _discard(_text: str) -> None:
    pass


def _run(command: Command, lab: Lab, emit: Show) -> Played:
    emit("$ " + command.text.replace("\n", "\n> ") + "\n")
    try:
        result = lab.run(command.text, show=emit, expected=command.status)
    except Exception as error:
        error.add_note(f"in line {command.line} of the session: $ {command.text}")
        raise
    output = result.output
    if output and not output.endswith("\n"):
        emit("\n")
        output += "\n"
    if result.timed_out and "vnetsim: stopped" not in result.stderr:
        message = f"vnetsim: interrupted after {DEFAULT_TIMEOUT_SECONDS:g} simulated seconds\n"
        emit(message)
        output += message
    if result.exit_code:
        emit(f"[{result.exit_code}]\n")
    return Played(command=command, output=output, status=result.exit_code, seconds=result.seconds)
