"""The request that curl sends (Curl_http() of lib/http.c): its fields in curl's order."""

from __future__ import annotations

import base64

from vnetsim.programs.http.client import FORM
from vnetsim.programs.http.curl.easy import CurlEasy
from vnetsim.programs.http.messages import encode_head
from vnetsim.programs.http.urls import Url
from vnetsim.programs.libc.octets import encode


def build_request(easy: CurlEasy, url: Url) -> tuple[bytes, bytes]:
    """Its head and its body."""
    options = easy.options
    data = "&".join(options.data)
    target = url.target
    if options.get and options.data:
        target, data = f"{target}{'&' if '?' in target else '?'}{data}", ""
    posts = bool(options.data) and not options.get
    method = options.method or ("HEAD" if options.head else "POST" if posts else "GET")
    easy.variables["method"] = method
    fields = [("Host", url.authority), *_authorization(easy, url)]
    if options.byte_range is not None:
        fields.append(("Range", f"bytes={options.byte_range}"))
    fields += [("User-Agent", options.agent or f"curl/{easy.version.number}"), ("Accept", "*/*")]
    if options.referer is not None:
        fields.append(("Referer", options.referer))
    if posts:
        fields += [("Content-Length", str(len(encode(data)))), ("Content-Type", FORM)]
    line = f"{method} {target} HTTP/{'1.0' if options.old_version else '1.1'}"
    return encode_head(line, _with_own_headers(fields, options.headers)), encode(data) if posts else b""


def _authorization(easy: CurlEasy, url: Url) -> list[tuple[str, str]]:
    user = easy.options.user or url.user
    if user is None:
        return []
    easy.note(f"Server auth using Basic with user '{user.partition(':')[0]}'")
    secret = user if ":" in user else f"{user}:"
    return [("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")]


def _with_own_headers(fields: list[tuple[str, str]], own: list[str]) -> list[tuple[str, str]]:
    """-H: `Name: value` replaces or adds, `Name:` takes away."""
    for header in own:
        name, colon, value = header.partition(":")
        at = next((index for index, (known, _) in enumerate(fields) if known.lower() == name.lower()), None)
        if not colon:
            continue
        if at is not None:
            del fields[at]
        if value.strip():
            fields.insert(len(fields) if at is None else at, (name, value.strip()))
    return fields
