"""A pager on a terminal: the keys and prompts of less 590 (command.c, prompt.c).

Keys: Space f b d u j k Enter g G NUMBER, arrows, /PATTERN ?PATTERN n N, = , :n :p, -N -S, q Q.  Another key rings the
bell.  Patterns are those of Python where they are the same as POSIX's, else they are refused.  Not modelled: marks,
`h`, `F`, `v`, `!`, `&`, tags, the prompts of -P.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from vnetsim.process import Coroutine
from vnetsim.programs.screen.window import Window, cells, chopped, painted, reverse, wrapped
from vnetsim.values import define, frozen

_BELL: Final = "\a"
#: Keys by what they do; a number before them counts.
_KEYS: Final = {
    " ": "forward", "f": "forward", "\x06": "forward", "\x16": "forward", "pagedown": "forward", "z": "forward",
    "b": "back", "\x02": "back", "pageup": "back", "w": "back", "d": "half forward", "\x04": "half forward",
    "u": "half back", "\x15": "half back", "j": "down", "e": "down", "\r": "down", "\x05": "down", "\x0e": "down",
    "down": "down", "k": "up", "y": "up", "\x19": "up", "\x0b": "up", "\x10": "up", "up": "up", "g": "first",
    "<": "first", "home": "first", "G": "last", ">": "last", "end": "last", "p": "percent", "%": "percent",
    "n": "again", "N": "again back", "=": "place", "\x07": "place", "q": "quit", "Q": "quit",
    "/": "search", "?": "search back", ":": "colon", "-": "option", "r": "redraw", "\x0c": "redraw",
}  # fmt: skip


@frozen
class PagedText:
    """`name` is empty for standard input."""

    name: str
    text: str


@define
class PagerOptions:
    numbers: bool = False
    chop: bool = False
    squeeze: bool = False
    quit_if_one: bool = False
    #: At the end of the last file: at once (1), or when the user goes on (2).
    quit_at_end: int = 0
    long_prompt: bool = False
    medium_prompt: bool = False
    ignore_case: bool = False
    colours: bool = False
    #: What is done first: a number, `G`, `/PATTERN`.
    first: str = ""


class Pager:
    """`run` shows the documents until the user leaves; the exit status.  `keys` by what they do."""

    keys: ClassVar[dict[str, str]] = _KEYS

    def __init__(self, window: Window, documents: list[PagedText], options: PagerOptions) -> None:
        self._window, self._documents, self._options = window, documents, options
        self._index = self._top = 0
        self._new, self._message, self._over = True, "", False
        self._pattern: re.Pattern[str] | None = None
        self._backwards = False

    def run(self) -> Coroutine[int]:
        if self._options.quit_if_one and len(self._documents) == 1 and len(self._rows()) < self._window.lines:
            self._window.write(self._documents[0].text)
            return 0
        with self._window:
            self._begin()
            while not self._over:
                self._draw()
                yield from self._command()
        return 0

    # --- what is shown -----------------------------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return self._window.lines - 1

    def _lines(self) -> list[str]:
        """The lines of the document, as they are shown."""
        lines = self._documents[self._index].text.removesuffix("\n").split("\n")
        if self._options.squeeze:
            lines = [line for at, line in enumerate(lines) if line or not at or lines[at - 1]]
        return [cells(line, colours=self._options.colours) for line in lines]

    def _rows(self) -> list[tuple[int, str]]:
        """Each row with the number of its line."""
        options, margin = self._options, 8 if self._options.numbers else 0
        width = self._window.columns - margin
        found = []
        for number, line in enumerate(self._lines(), 1):
            for row in [chopped(line, width)] if options.chop else wrapped(line, width):
                found.append((number, (f"{number:7} " if margin else "") + row))
        return found

    def _last_top(self) -> int:
        return max(0, len(self._rows()) - self._height)

    def _draw(self) -> None:
        shown = self._rows()[self._top : self._top + self._height]
        prompt = self._message or self._prompt(len(shown))
        self._message = ""
        self._window.draw([painted(row, self._pattern) for _, row in shown], prompt)

    def _prompt(self, count: int) -> str:
        """prompt.c: the name at first, then a colon; `(END)` at the end."""
        all_rows, end = self._rows(), self._top + count
        name, parts = self._documents[self._index].name, []
        if self._new or self._options.long_prompt:
            parts = [name, f"(file {self._index + 1} of {len(self._documents)})" * (len(self._documents) > 1)]
        self._new = False
        if self._options.long_prompt and all_rows:
            last = all_rows[end - 1][0]
            total = all_rows[-1][0]
            parts.append(f"lines {all_rows[self._top][0]}-{last}/{total}")
        if end >= len(all_rows):
            parts.append("(END)")
            if self._index + 1 < len(self._documents):
                parts.append(f"- Next: {self._documents[self._index + 1].name}")
        elif self._options.long_prompt or self._options.medium_prompt:
            parts.append(self._percent(end))
        text = " ".join(part for part in parts if part)
        return reverse(text) if text else ":"

    def _percent(self, end: int) -> str:
        """How much of the text lies before the row `end`, rounded to a hundredth."""
        shown, total = self._characters(end)
        return f"{(200 * shown + total) // (2 * total)}%"

    def _characters(self, end: int) -> tuple[int, int]:
        """How many characters lie before the row `end`, and how many there are."""
        lines = self._documents[self._index].text.splitlines(keepends=True)
        return sum(map(len, lines[: self._rows()[end - 1][0]])), max(1, sum(map(len, lines)))

    # --- keys --------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        first = self._options.first
        if first.isdigit():
            self._go(self._row_of(int(first)))
        elif first == "G":
            self._go(self._last_top())
        elif first.startswith("/"):
            self._search(first[1:])
        elif first:
            self._message = _BELL

    def _command(self) -> Coroutine[None]:
        count = ""
        while (key := (yield from self._window.key())).isdigit():
            count += key
            self._window.write(f"\r\x1b[K:{count}" if len(count) == 1 else key)
        what = self.keys.get(key)
        if what == "quit":
            self._over = True
        elif what in ("search", "search back"):
            yield from self._ask_pattern(key)
        elif what == "colon":
            self._colon((yield from self._window.key()))
        elif what == "option":
            self._toggle((yield from self._window.key()))
        elif what is None:
            self._message = _BELL + self._prompt(self._height)
        else:
            self._move(what, int(count) if count else None)

    def _move(self, what: str, count: int | None) -> None:
        page, step = self._height, count or 1
        by = {"forward": page, "back": page, "half forward": (page + 1) // 2, "half back": (page + 1) // 2}.get(what, 1)
        match what:
            case "forward" | "half forward" | "down":
                self._forward(count or by)
            case "back" | "half back" | "up":
                self._go(self._top - (count or by))
            case "first":
                self._go(self._row_of(step))
            case "last":
                self._go(self._last_top() if count is None else self._row_of(count))
            case "percent":
                self._go(self._row_of(len(self._lines()) * (count or 0) // 100 + 1))
            case "again" | "again back":
                self._find(backwards=self._backwards != (what == "again back"))
            case "place":
                self._message = reverse(f"{self._place()}  (press RETURN)")

    def _forward(self, count: int) -> None:
        """At the end: another document, or away, if the options ask for it."""
        at_end = self._top >= self._last_top()
        if at_end and self._options.quit_at_end:
            self._over = True
            return
        self._go(self._top + count)
        if self._options.quit_at_end == 1 and self._top >= self._last_top():
            self._over = True

    def _go(self, row: int) -> None:
        self._top = max(0, min(row, self._last_top()))

    def _row_of(self, line: int) -> int:
        found = next((at for at, (number, _) in enumerate(self._rows()) if number >= line), None)
        return self._last_top() if found is None else found

    def _place(self) -> str:
        all_rows = self._rows()
        end = min(len(all_rows), self._top + self._height)
        name, total = self._documents[self._index].name, all_rows[-1][0]
        ended = " (END)" if end == len(all_rows) else ""
        return f"{name} lines {all_rows[self._top][0]}-{all_rows[end - 1][0]}/{total}{ended}".strip()

    def _colon(self, key: str) -> None:
        """`:n`, `:p`: the next document, the one before; `:q`."""
        if key == "q":
            self._over = True
            return
        wanted = self._index + {"n": 1, "p": -1}.get(key, 0)
        if wanted == self._index:
            self._message = _BELL
        elif not 0 <= wanted < len(self._documents):
            self._message = reverse(f"No {'next' if key == 'n' else 'previous'} file  (press RETURN)")
        else:
            self._index, self._top, self._new = wanted, 0, True

    def _toggle(self, letter: str) -> None:
        """An option that is turned over, as the command line has it."""
        if letter == "N":
            self._options.numbers = not self._options.numbers
        elif letter == "S":
            self._options.chop = not self._options.chop
        else:
            self._message = reverse(f"vnetsim: not modelled: less: the option -{letter}  (press RETURN)")

    # --- patterns ----------------------------------------------------------------------------------------------------

    def _ask_pattern(self, prompt: str) -> Coroutine[None]:
        text = ""
        self._window.write(f"\r\x1b[K{prompt}")
        while (key := (yield from self._window.key())) not in ("\r", "\x03", "escape"):
            if key == "\x7f":
                if not text:
                    return
                text = text[:-1]
            elif len(key) == 1 and key.isprintable():
                text += key
            self._window.write(f"\r\x1b[K{prompt}{text}")
        if key == "\r":
            self._backwards = prompt == "?"
            self._search(text)

    def _search(self, text: str) -> None:
        """An empty one is the one before."""
        if text:
            try:
                self._pattern = re.compile(text, re.IGNORECASE if self._options.ignore_case else 0)
            except re.error:
                self._message = reverse(f"vnetsim: not modelled: the pattern {text}  (press RETURN)")
                return
        self._find(backwards=self._backwards, first=self._new)

    def _find(self, *, backwards: bool, first: bool = False) -> None:
        if self._pattern is None:
            self._message = reverse("No previous regular expression  (press RETURN)")
            return
        all_rows = self._rows()
        ahead = range(self._top - 1, -1, -1) if backwards else range(self._top + (not first), len(all_rows))
        found = next((at for at in ahead if self._pattern.search(all_rows[at][1])), None)
        if found is None:
            self._message = reverse("Pattern not found  (press RETURN)")
        else:
            self._go(found)
