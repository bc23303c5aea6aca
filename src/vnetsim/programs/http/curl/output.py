"""Where the content of a URL goes: standard output, or a file that is created with the first byte (tool_cb_wrt.c).

Behind it `curl -w` writes a line about the finished transfer (src/tool_writeout.c).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Output
from vnetsim.programs.http.curl.easy import CurlEasy, CurlError
from vnetsim.programs.http.urls import Url
from vnetsim.programs.libc.streams import absolute, create


class CurlOutput:
    """`name` is that of -o, "" with -O, None without either."""

    def __init__(self, easy: CurlEasy, name: str | None, stdout: Output) -> None:
        self._easy = easy
        self._name = name
        self._stdout = stdout
        self._sink: Output | None = None

    def write(self, text: str, size: int) -> None:
        try:
            self.open().write(text)
        except KernelError:
            raise CurlError(23, self._easy.version.cannot_write(size)) from None

    def open(self) -> Output:
        if self._sink is None:
            self._sink = self._stdout if self._name in (None, "-") else self._create()
        return self._sink

    def _create(self) -> Output:
        name = self._name or Url.parse(self._easy.url).target.partition("?")[0].rpartition("/")[2]
        if not name:
            raise CurlError(23, "Failed writing received data to disk/application")
        self._easy.variables["filename_effective"] = name
        try:
            return create(self._easy.process.context, absolute(self._easy.process, name))
        except KernelError as error:
            if error.errno is Errno.EACCES:
                raise CurlError(23, f"Failed to open the file {name}: Permission denied") from None
            raise CurlError(23, self._easy.version.cannot_write(self._easy.received)) from None


_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def write_out(text: str, variables: Mapping[str, str], complain: Callable[[str], object]) -> str:
    """`%{name}` is replaced; unknown names are reported and replaced by nothing."""

    def replace(found: re.Match[str]) -> str:
        if found[1] is not None:
            if found[1] not in variables:
                complain(f"curl: unknown --write-out variable: '{found[1]}'\n")
            return variables.get(found[1], "")
        if found[0] == "%%":
            return "%"
        return _ESCAPES.get(found[2], found[0])

    return re.sub(r"%\{([^}]*)\}|%%|\\(.)", replace, text, flags=re.DOTALL)
