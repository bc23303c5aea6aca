"""What tcpdump says of itself: 4.99.3 with libpcap 1.10 (bookworm), 4.99.6 with libpcap 1.11 in containers."""

from __future__ import annotations

from typing import Final

_VERSIONS: Final = {
    "bookworm": """\
tcpdump version 4.99.3
libpcap version 1.10.3 (with TPACKET_V3)
OpenSSL 3.0.19 27 Jan 2026
""",
    "forky": """\
tcpdump version 4.99.6
libpcap version 1.11.0 (64-bit time_t, with TPACKET_V3)
OpenSSL 3.6.5 29 Sep 2026
64-bit build, 64-bit time_t
""",
}
_SWITCHES: Final = {"bookworm": "AbdDefhHIJKlLnNOpqStuUvxX#", "forky": "AbdDefghHIJKlLnNOpqStuUvxX#"}
_USAGE: Final = """\
Usage: tcpdump [-{}] [ -B size ] [ -c count ] [--count]
		[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
		[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
		[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
		[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
		[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
		[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
		[ -z postrotate-command ] [ -Z user ] [ expression ]
"""


def version(release: str) -> str:
    return _VERSIONS[release]


def usage(release: str) -> str:
    """The version, and how it is called."""
    return _VERSIONS[release] + _USAGE.format(_SWITCHES[release])
