"""A lab as the fragment of a URL, which no server gets: `lab=` and base64url (RFC 4648, section 5) of deflated JSON."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from typing import Final

from vnetsim.errors import UsageError
from vnetsim.values import frozen

_PREFIX: Final = "lab="
_LARGEST_BYTES: Final = 1_000_000
#: A name of a file without a directory.
_NAME: Final = re.compile(r"(?!\.)[\w .+-]{1,100}")


@frozen
class LabText:
    """A file with a scenario or a lesson: its name, which tells its kind, and its text."""

    name: str
    text: str


def encoded(lab: LabText) -> str:
    """The fragment, without `#`; UsageError if the lab is too large, or its name has a directory."""
    _require(lab)
    data = json.dumps([lab.name, lab.text], ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    if len(data) > _LARGEST_BYTES:
        raise UsageError(f"{lab.name}: expected a lab of up to {_LARGEST_BYTES} bytes for a URL, found {len(data)}")
    return _PREFIX + base64.urlsafe_b64encode(zlib.compress(data, 9)).decode("ascii").rstrip("=")


def decoded(fragment: str) -> LabText | None:
    """The lab in a fragment, with or without `#`; None if it names none.  UsageError if it is damaged."""
    fragment = fragment.removeprefix("#")
    if not fragment.startswith(_PREFIX):
        return None
    text = fragment.removeprefix(_PREFIX)
    inflater = zlib.decompressobj()
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        data = inflater.decompress(packed, _LARGEST_BYTES)
        if not inflater.eof:
            raise UsageError(f"the lab in this URL is not complete, or larger than {_LARGEST_BYTES} bytes")
        value = json.loads(data)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise UsageError("the lab in this URL is damaged: expected what `vnetsim play LAB` or Share gave") from None
    match value:
        case [str(name), str(content)]:
            return _require(LabText(name, content))
    raise UsageError("the lab in this URL is damaged: expected a name and a text")


def _require(lab: LabText) -> LabText:
    if not _NAME.fullmatch(lab.name):
        raise UsageError(f"{lab.name!r} is no name for a lab: expected that of a file, without a directory")
    return lab
