"""One thing that a server needs to start."""

from __future__ import annotations

from vnetsim.values import frozen


@frozen
class Need:
    """A `host` that resolves or a `file` that is there; without either, a configuration that is wrong.

    Else it prints `text` and ends with `status`: at once, or after the other needs of the same `group`, with what
    `closing` is.  `stamped` is printed before, behind the date and the time.
    """

    host: str = ""
    file: str = ""
    text: str = ""
    stamped: str = ""
    group: str = ""
    closing: str = ""
    status: int = 1
