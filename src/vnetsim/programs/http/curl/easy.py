"""What all parts of a transfer know (`struct Curl_easy`): options, clocks, the variables of -w, the notes of -v."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND, Wait
from vnetsim.process import Coroutine, Process
from vnetsim.programs.http.curl.meter import ProgressMeter
from vnetsim.programs.http.curl.options import CurlOptions
from vnetsim.programs.http.curl.version import VERSIONS

_VARIABLES: Final = {
    **dict.fromkeys(("content_type", "errormsg", "filename_effective", "local_ip", "redirect_url", "remote_ip",
                     "scheme"), ""),
    **dict.fromkeys(("http_version", "local_port", "num_connects", "num_redirects", "remote_port", "size_download",
                     "size_header", "size_request", "size_upload", "ssl_verify_result"), "0"),
    **dict.fromkeys(("http_code", "http_connect", "response_code"), "000"),
    **dict.fromkeys(("time_appconnect", "time_connect", "time_namelookup", "time_pretransfer", "time_redirect",
                     "time_starttransfer"), "0.000000"),
    "method": "GET",
}  # fmt: skip


class CurlError(Exception):
    """libcurl's error number and message."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class CurlEasy:
    """`connections` counts those of this curl, for -v; the addresses of `known_hosts` are cached."""

    def __init__(
        self, process: Process, options: CurlOptions, url: str, connections: int, known_hosts: list[str]
    ) -> None:
        self.process = process
        self.options = options
        self.url = url
        self.version = VERSIONS[process.context.release]
        self.began = process.now()
        self.variables = dict(_VARIABLES)
        self.meter = ProgressMeter(process, shown=not options.silent, older=self.version.older)
        self.connections = connections
        self.known_hosts = known_hosts
        #: Bytes of the content.
        self.received = 0
        #: The last note of -v about a connection.
        self._closing: str | None = None

    def note(self, text: str) -> None:
        if self.options.verbose:
            self.process.error(f"* {text}\n")

    def fail(self, status: int, text: str) -> CurlError:
        """failf(): the note and the error with the same text."""
        self.note(text)
        return CurlError(status, text)

    def will_close(self, number: int = 0) -> None:
        """Prepare the note about the end of connection `number`."""
        if self.version.older:
            self._closing = f"Closing connection {number}"
        else:
            self._closing = f"{'shutting down connection' if self.connections else 'closing connection'} #{number}"

    def note_closing(self) -> None:
        if self._closing is not None:
            self.note(self._closing)
            self._closing = None

    # --- clocks -----------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> int | None:
        """Of --max-time."""
        return None if self.options.max_time is None else self.began + self.options.max_time

    def milliseconds(self) -> int:
        return (self.process.now() - self.began) // MILLISECOND

    def record_time(self, variable: str) -> None:
        self.variables[variable] = f"{(self.process.now() - self.began) / SECOND:.6f}"

    def wait(self, wait: Wait, until: int) -> Coroutine[bool]:
        """Until it is set, showing the meter every second; False if the time is over."""
        process = self.process
        while not wait.is_set:
            left = until - process.now()
            if left <= 0:
                return False
            pause = min(left, SECOND) if self.meter.waits else left
            yield process.any_of([wait, process.sleep(pause)])
            if pause == SECOND and not wait.is_set:
                self.meter.show()
        return True
