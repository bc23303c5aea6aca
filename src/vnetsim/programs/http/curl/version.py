"""The texts of curl that differ between releases."""

from __future__ import annotations

from typing import Final

from vnetsim.values import frozen

TRY: Final = "curl: try 'curl --help' or 'curl --manual' for more information\n"


@frozen
class CurlVersion:
    """`number` names it in requests.  `older` shows the meter from the start and writes "HOST port PORT"."""

    number: str
    older: bool

    def cannot_connect(self, host: str, port: int, milliseconds: int, timed_out: bool = False) -> str:
        if not self.older:
            return f"Failed to connect to {host}:{port} after {milliseconds} ms: Could not connect to server"
        why = "Timeout was reached" if timed_out else "Couldn't connect to server"
        return f"Failed to connect to {host} port {port} after {milliseconds} ms: {why}"

    def cannot_bind(self, host: str, port: int, errno: int, reason: str) -> str:
        if self.older:
            return f"bind failed with errno {errno}: {reason}"
        return f"Failed to connect to {host}:{port} after 0 ms: Failed binding local connection end"

    def cannot_write(self, size: int) -> str:
        if self.older:
            return "Failure writing output to destination"
        return f"client returned ERROR on write of {size} bytes"

    def unsupported(self, scheme: str) -> str:
        ending = " or disabled in libcurl" if self.older else ""
        return f'Protocol "{scheme}" not supported{ending}'

    @property
    def bad_url(self) -> str:
        return "URL using bad/illegal format or missing URL" if self.older else "URL rejected: No host present"


VERSIONS: Final = {
    "bookworm": CurlVersion("7.88.1", older=True),
    "forky": CurlVersion("8.23.0", older=False),
}
