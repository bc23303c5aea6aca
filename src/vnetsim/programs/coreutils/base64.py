"""base64 (coreutils): -d, -i, -w COLUMNS."""

from __future__ import annotations

import base64
import re
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.octets import decode, encode
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.programs.libc.streams import absolute, source
from vnetsim.values import define

_OTHER: Final = re.compile(r"[^A-Za-z0-9+/=]")
#: What can be decoded: whole groups of four, `=` at the end.
_GROUPS: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@define
class Base64Options(GnuOptions):
    decode: bool = flag("-d", "--decode")
    ignore_garbage: bool = flag("-i", "--ignore-garbage")
    wrap: str = argument("-w", "--wrap", default="76")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = Base64Options.read(process)
    if not is_digits(options.wrap):
        raise Exit(1, f"invalid wrap size: '{options.wrap}'")
    if len(options.operands) > 1:
        raise options.misused(f"extra operand '{options.operands[1]}'")
    name = (options.operands or ("-",))[0]
    if name != "-" and process.files.is_directory(absolute(process, name)):
        raise Exit(1, "read error: Is a directory")
    try:
        text = yield from source(process, name).rest()
    except KernelError as error:
        raise Exit(1, f"{name}: {error.errno.strerror}") from None
    if options.decode:
        return _decode(process, text, garbage=options.ignore_garbage)
    process.write(_wrapped(base64.b64encode(encode(text)).decode("ascii"), int(options.wrap)))
    return 0


def _wrapped(text: str, columns: int) -> str:
    if not columns:
        return text
    return "".join(f"{text[at : at + columns]}\n" for at in range(0, len(text), columns))


def _decode(process: Process, text: str, *, garbage: bool) -> int:
    """What comes before a wrong character is written, as far as it makes whole bytes."""
    text = _OTHER.sub("", text) if garbage else text.replace("\n", "")
    found = _GROUPS.match(text)
    assert found is not None
    good, bad = found[0], text[found.end() :]
    rest = re.match(r"[A-Za-z0-9+/]{0,3}", bad)
    rest_text = rest[0] if rest else ""
    whole = len(rest_text) * 6 // 8
    data = base64.b64decode(good) + (base64.b64decode(rest_text + "A" * (4 - len(rest_text)))[:whole] if whole else b"")
    process.write(decode(data))
    if bad:
        process.error("base64: invalid input\n")
        return 1
    return 0
