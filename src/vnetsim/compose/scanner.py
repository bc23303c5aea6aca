"""ruamel.yaml's scanner with the habits of libyaml, which go-yaml was made of: tabs, and the names of anchors."""

from __future__ import annotations

from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.scanner import Scanner, ScannerError

_BREAKS: Final = "\r\n\x85\u2028\u2029"
_AFTER_NAME: Final = f"\0 \t?:,]}}%@`{_BREAKS}"


class LibyamlScanner(Scanner):
    """Tabs are allowed in plain scalars and before them, but not where a key may begin."""

    def scan_to_next_token(self) -> Any:
        reader = self.reader
        if reader.index == 0 and reader.peek() == "\ufeff":
            reader.forward()
        while True:
            while reader.peek() == " " or (reader.peek() == "\t" and (self.flow_level or not self.allow_simple_key)):
                reader.forward()
            if reader.peek() == "#":
                while reader.peek() not in f"\0{_BREAKS}":
                    reader.forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain_spaces(self, indent: Any, start_mark: Any) -> Any:
        reader = self.reader
        blanks, breaks = "", []
        while reader.peek() in f" \t{_BREAKS}":
            char = reader.peek()
            if char not in " \t":
                breaks.append(self.scan_line_break())
                self.allow_simple_key = True
                if self._at_document_end():
                    return None
                continue
            if breaks and char == "\t" and reader.column < indent:
                problem = "found a tab character that violates indentation"
                raise ScannerError("while scanning a plain scalar", start_mark, problem, reader.get_mark())
            blanks += "" if breaks else char
            reader.forward()
        if not breaks:
            return [blanks] if blanks else []
        first, *others = breaks
        return ([" "] if not others else []) + others if first == "\n" else [first, *others]

    def _at_document_end(self) -> bool:
        reader = self.reader
        return reader.prefix(3) in ("---", "...") and reader.peek(3) in f"\0 \t{_BREAKS}"

    def scan_anchor(self, TokenClass: Any) -> Any:  # noqa: N803 (as ruamel has it)
        reader = self.reader
        start_mark = reader.get_mark()
        name = "alias" if reader.peek() == "*" else "anchor"
        reader.forward()
        length = 0
        while (char := reader.peek(length)) in "_-" or (char.isascii() and char.isalnum()):
            length += 1
        if not length or char not in _AFTER_NAME:
            reader.forward(length)
            problem = "did not find expected alphabetic or numeric character"
            raise ScannerError(f"while scanning an {name}", start_mark, problem, reader.get_mark())
        value = reader.prefix(length)
        reader.forward(length)
        return TokenClass(value, start_mark, reader.get_mark())


def new_parser() -> YAML:
    parser = YAML(typ="safe", pure=True)
    parser.Scanner = LibyamlScanner
    return parser
