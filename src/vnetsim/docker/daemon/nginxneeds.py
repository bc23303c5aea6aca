"""What an nginx needs to start: the hosts of its upstreams, its certificates, and the files that it includes.

    upstream a { server app:8000; }     app resolves (ngx_parse_url)
    proxy_pass http://app:8000;         app resolves, or is an upstream (ngx_http_upstream_init_main_conf)
    proxy_pass http://$app:8000;        nothing: it is looked up for each request
    server app:8000 resolve;            nothing: it is looked up while it runs
    ssl_certificate a.crt;              the file is there, and its key

The order is nginx's: what is included and the servers of upstreams as they are read, the hosts of proxy_pass and its
like after that, certificates at the end.  Not modelled: ssl_dhparam, auth_basic_user_file (which is read later), the
name servers of `resolver`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from vnetsim.docker.daemon.nginxconfig import Directive, full_name, parsed, walked
from vnetsim.docker.daemon.startneed import Need
from vnetsim.process.files import Files
from vnetsim.wire.inet import parse_address

#: What the image has in /etc/nginx, besides nginx.conf and conf.d.
_OF_IMAGE: Final = ("fastcgi_params", "mime.types", "scgi_params", "uwsgi_params")
_PASSES: Final = ("fastcgi_pass", "grpc_pass", "memcached_pass", "proxy_pass", "scgi_pass", "uwsgi_pass")
_URL: Final = re.compile(r"(?:(?:https?|grpcs?)://)?(\[[^\]]*\]|[^:/]+)(?::\d+)?(?:/.*)?")
_NO_FILE: Final = "BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:"


def needs(files: Files, environment: Mapping[str, str], *, hides_default: bool = False) -> Iterator[Need]:
    directives = parsed(files, environment, hides_default=hides_default) or ()
    every = list(walked(directives))
    yield from _read(every)
    yield from _passed(every)
    for each in every:
        if each.name in ("http", "stream", "mail"):
            yield from _certificates(each)


def _need(message: str, host: str = "", file: str = "") -> Need:
    return Need(host, file, f"nginx: [emerg] {message}\n", f" [emerg] 1#1: {message}\n")


def _at(directive: Directive) -> str:
    return f"in {directive.file}:{directive.line}"


def _read(directives: Iterable[Directive]) -> Iterator[Need]:
    """What is needed where it is read."""
    for each in directives:
        if each.name == "include" and len(each.parameters) == 1 and not re.search(r"[*?\[]", each.parameters[0]):
            path = full_name(each.parameters[0])
            if path not in map(full_name, _OF_IMAGE):
                yield _need(f'open() "{path}" failed (2: No such file or directory) {_at(each)}', file=path)
        elif each.name == "upstream":
            for server in each.inside or ():
                if server.name == "server" and server.parameters and "resolve" not in server.parameters:
                    yield from _host(server.parameters[0], server.parameters[0], server)


def _passed(directives: Iterable[Directive]) -> Iterator[Need]:
    """The hosts of proxy_pass and its like that are no upstreams."""
    directives = tuple(directives)
    upstreams = {each.parameters[0] for each in directives if each.name == "upstream" and each.parameters}
    for each in directives:
        if each.name in _PASSES and each.parameters:
            found = _URL.fullmatch(each.parameters[0])
            if found is not None and found[1] not in upstreams:
                yield from _host(each.parameters[0], found[1], each)


def _host(url: str, shown: str, directive: Directive) -> Iterator[Need]:
    found = _URL.fullmatch(url)
    if found is None or "$" in url or found[1] == "unix":
        return
    try:
        parse_address(found[1].strip("[]"))
    except ValueError:
        yield _need(f'host not found in upstream "{shown}" {_at(directive)}', host=found[1])


def _certificates(block: Directive) -> Iterator[Need]:
    """Those of each server, or of the block around it."""
    inside = block.inside or ()
    for server in inside:
        if server.name == "server" and server.inside is not None:
            own = _named(server.inside, "ssl_certificate") or _named(inside, "ssl_certificate")
            keys = _named(server.inside, "ssl_certificate_key") or _named(inside, "ssl_certificate_key")
            yield from _pairs(own, keys)


def _named(inside: Iterable[Directive], name: str) -> list[str]:
    return [each.parameters[0] for each in inside if each.name == name and each.parameters]


def _pairs(certificates: list[str], keys: list[str]) -> Iterator[Need]:
    for index, certificate in enumerate(certificates):
        if index >= len(keys):
            yield _need(f'no "ssl_certificate_key" is defined for certificate "{full_name(certificate)}"')
            return
        for what, name in (("certificate", certificate), ("certificate key", keys[index])):
            path = full_name(name)
            if "$" not in name and not name.startswith(("data:", "engine:", "store:")):
                failed = f"{_NO_FILE}calling fopen({path}, r) error:10000080:BIO routines::no such file)"
                yield _need(f'cannot load {what} "{path}": {failed}', file=path)
