"""Domain names as text and as labels (RFC 1035, 2.3 and 5.1).

Text is as dig prints it: absolute, with a final dot, odd bytes escaped (`web.`, `a\\.b.example.`).
"""

from __future__ import annotations

import re
from typing import Final

#: Of all labels with their lengths, the root's empty label included.
LONGEST: Final = 255

#: A dot at the end, not escaped itself.
_ABSOLUTE: Final = re.compile(r"(?<!\\)(\\\\)*\.\Z")
_ESCAPED: Final = re.compile(rb"\\(\d{3}|.)|(\.)|([^\\.])", re.DOTALL)


def absolute(name: str) -> str:
    """With its final dot."""
    return name if _ABSOLUTE.search(name) else f"{name}."


def labels_of(name: str) -> tuple[bytes, ...]:
    """The labels of a name, without the root's empty one; ValueError if it is not a name (RFC 1035, 2.3.4, 5.1)."""
    if name in (".", ""):
        return ()
    labels = [bytearray()]
    for escaped, dot, plain in _ESCAPED.findall(absolute(name).encode()):
        if dot:
            labels.append(bytearray())
        else:
            labels[-1].append(int(escaped) if len(escaped) == 3 else ord(escaped or plain))
    octets = tuple(bytes(label) for label in labels[:-1])
    if any(not 0 < len(label) < 64 for label in octets) or sum(map(len, octets)) + len(octets) >= LONGEST:
        raise ValueError(f"{name!r} is not a domain name")
    return octets


def text_of_label(label: bytes) -> str:
    return "".join(
        f"\\{chr(octet)}" if chr(octet) in '."\\;()@$' else chr(octet) if 32 < octet < 127 else f"\\{octet:03d}"
        for octet in label
    )


def quote(string: bytes) -> str:
    """A character string of TXT, as dig prints it."""
    return f'"{"".join(map(_quoted_octet, string))}"'


def _quoted_octet(octet: int) -> str:
    if octet in b'"\\':
        return f"\\{chr(octet)}"
    return chr(octet) if 31 < octet < 127 else f"\\{octet:03d}"
