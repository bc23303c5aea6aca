"""`mininet.log`: messages without line ends of their own, on standard error; the level `output` is above info.

Not modelled: the format and further handlers of Mininet's logger, which is one of `logging` there.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

OUTPUT: Final = 25
LEVELS: Final = {
    "debug": logging.DEBUG, "info": logging.INFO, "output": OUTPUT, "warning": logging.WARNING,
    "warn": logging.WARNING, "error": logging.ERROR, "critical": logging.CRITICAL,
}  # fmt: skip
LOGLEVELDEFAULT: Final = OUTPUT


class MininetLogger:
    """`lg`: takes one text, or several values with spaces between them."""

    def __init__(self) -> None:
        self.level = LOGLEVELDEFAULT

    def setLogLevel(self, levelname: str | None = None) -> None:
        if levelname and levelname not in LEVELS:
            raise Exception(f"setLogLevel: unknown levelname {levelname}")
        self.level = LEVELS.get(levelname or "", LOGLEVELDEFAULT)

    setLevel = setLogLevel

    def getEffectiveLevel(self) -> int:
        return self.level

    def _put(self, level: int, values: tuple[object, ...]) -> None:
        if level >= self.level:
            sys.stderr.write(" ".join(map(str, values)))
            sys.stderr.flush()

    def debug(self, *values: object) -> None:
        self._put(logging.DEBUG, values)

    def info(self, *values: object) -> None:
        self._put(logging.INFO, values)

    def output(self, *values: object) -> None:
        self._put(OUTPUT, values)

    def warning(self, *values: object) -> None:
        self._put(logging.WARNING, values)

    warn = warning

    def error(self, *values: object) -> None:
        self._put(logging.ERROR, values)

    def critical(self, *values: object) -> None:
        self._put(logging.CRITICAL, values)


lg: Final = MininetLogger()
info, output, error, debug = lg.info, lg.output, lg.error, lg.debug
warn = warning = lg.warning
setLogLevel = lg.setLogLevel
