"""The web servers whose answers are known: their first pages, and their versions.

A page has the title of the real one, and is otherwise vnetsim's own.  `release` is what the Dockerfile of the latest
image has: docker-nginx@14585c6fca4b, docker-library/httpd of 2026.
"""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.values import frozen

_PAGE: Final = (
    "<!DOCTYPE html>\n<html>\n<head>\n<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n"
    "<p>This is a simulated {name}.</p>\n</body>\n</html>\n"
)


@frozen
class WebServerImage:
    """`configured_in`: files in there make a configuration of the user's, the image's own are not shown."""

    page: str
    release: str
    configured_in: tuple[str, ...]


#: By the syntax of their configuration.
WEB_SERVERS: Final = {
    "nginx": WebServerImage(
        _PAGE.format(title="Welcome to nginx!", name="nginx"), "1.29.8", ("/etc/nginx", "/docker-entrypoint.d")
    ),
    "httpd": WebServerImage(_PAGE.format(title="It works!", name="httpd"), "2.4.68", ("/usr/local/apache2/conf",)),
    "caddy": WebServerImage(_PAGE.format(title="Caddy works!", name="Caddy"), "2.11.4", ("/etc/caddy",)),
}


def release_of(syntax: str, version: str) -> str:
    """The version that a tag states (`1.27.3`, and of `1.27` no more than that), or the latest one."""
    return version if all(map(is_digits, version.split("."))) else WEB_SERVERS[syntax].release
