"""What Apache's httpd needs to start: modules, included files, certificates, and the modules of its directives.

    LoadModule php_module modules/mod_php.so         a module that comes with httpd 2.4
    Include conf/extra/shop.conf                     the file, or one that the wildcard matches
    SSLCertificateFile conf/server.crt               the file
    SSLEngine on                                     LoadModule ssl_module before

It reads all files first, which loads modules, and looks at directives then (server/config.c, server/core.c of httpd
2.4.71; tests/recorded/servers/failures.json).  What is in <IfModule> counts where that module is loaded, what is in
<IfDefine> and <If> never.  Not modelled: other errors of a configuration.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from vnetsim.docker.daemon.startneed import Need
from vnetsim.process.files import Files
from vnetsim.values import define, frozen

ROOT: Final = "/usr/local/apache2"
MAIN: Final = f"{ROOT}/conf/httpd.conf"
#: What comes with httpd 2.4: `mod_NAME.so`, and the files of conf/extra.
_MODULES: Final = frozenset((
    "access_compat", "actions", "alias", "allowmethods", "asis", "auth_basic", "auth_digest", "auth_form",
    "authn_anon", "authn_core", "authn_dbd", "authn_dbm", "authn_file", "authn_socache", "authnz_fcgi",
    "authnz_ldap", "authz_core", "authz_dbd", "authz_dbm", "authz_groupfile", "authz_host", "authz_owner",
    "authz_user", "autoindex", "brotli", "bucketeer", "buffer", "cache", "cache_disk", "cache_socache",
    "case_filter", "case_filter_in", "cern_meta", "cgi", "cgid", "charset_lite", "data", "dav", "dav_fs",
    "dav_lock", "dbd", "deflate", "dialup", "dir", "dumpio", "echo", "env", "expires", "ext_filter",
    "file_cache", "filter", "headers", "heartbeat", "heartmonitor", "http2", "ident", "imagemap", "include",
    "info", "lbmethod_bybusyness", "lbmethod_byrequests", "lbmethod_bytraffic", "lbmethod_heartbeat", "ldap",
    "log_config", "log_debug", "log_forensic", "logio", "lua", "macro", "md", "mime", "mime_magic", "mpm_event",
    "mpm_prefork", "mpm_worker", "negotiation", "optional_fn_export", "optional_fn_import",
    "optional_hook_export", "optional_hook_import", "proxy", "proxy_ajp", "proxy_balancer", "proxy_connect",
    "proxy_express", "proxy_fcgi", "proxy_fdpass", "proxy_ftp", "proxy_hcheck", "proxy_html", "proxy_http",
    "proxy_http2", "proxy_scgi", "proxy_uwsgi", "proxy_wstunnel", "ratelimit", "reflector", "remoteip",
    "reqtimeout", "request", "rewrite", "sed", "session", "session_cookie", "session_crypto", "session_dbd",
    "setenvif", "slotmem_plain", "slotmem_shm", "so", "socache_dbm", "socache_memcache", "socache_redis",
    "socache_shmcb", "speling", "ssl", "status", "substitute", "suexec", "unique_id", "unixd", "userdir",
    "usertrack", "version", "vhost_alias", "watchdog", "xml2enc",
))  # fmt: skip
_EXTRA: Final = tuple(
    f"httpd-{each}.conf" for each in ("autoindex", "dav", "default", "info", "languages", "manual", "mpm",
                                      "multilang-errordoc", "ssl", "userdir", "vhosts")
)  # fmt: skip
#: The modules of directives that begin so.
_OWNERS: Final = {"ssl": "ssl", "proxypass": "proxy", "rewrite": "rewrite", "requestheader": "headers"}
_CERTIFICATES: Final = (
    "sslcertificatefile",
    "sslcertificatekeyfile",
    "sslcertificatechainfile",
    "sslcacertificatefile",
)
_NOT_FOUND: Final = "No such file or directory"
_NESTED: Final = 10


@frozen
class _Line:
    """A directive, where it is, and the sections around it; `above` are the lines that include its file."""

    path: str
    number: int
    words: tuple[str, ...]
    sections: tuple[str, ...]
    above: str


@define
class _Reader:
    files: Files
    expanded: Callable[[str], str]
    root: str = ROOT

    def lines(self, path: str, above: str = "", depth: int = _NESTED) -> Iterator[_Line]:
        """Those of a file, and of the files that it includes where they are."""
        sections: list[str] = []
        text = re.sub(r"\\\n", "  ", self.files.read(path))
        for number, line in enumerate(text.splitlines(), 1):
            words = [each.strip("\"'") for each in self.expanded(line).split()]
            if not words or words[0].startswith("#"):
                continue
            if words[0].startswith("</"):
                sections = sections[:-1]
                continue
            if words[0].startswith("<"):
                sections.append(" ".join(words).strip("<>").lower())
            if words[0].lower() == "serverroot" and len(words) > 1:
                self.root = words[1]
            found = _Line(path, number, tuple(words), tuple(sections), above)
            yield found
            if words[0].lower() in ("include", "includeoptional") and len(words) > 1 and depth:
                for each in self.matching(words[1]):
                    yield from self.lines(each, f"{above}{_syntax_error(found)}", depth - 1)

    def absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.root, path))

    def matching(self, path: str) -> list[str]:
        """The texts that an Include names."""
        where = self.absolute(path)
        directory, name = posixpath.split(where)
        if not any(each in where for each in "*?["):
            return [where] if self.files.exists(where) and not self.files.is_directory(where) else []
        if not self.files.is_directory(directory):
            return []
        found = (f"{directory}/{each}" for each in self.files.list(directory) if fnmatchcase(each, name))
        return [each for each in found if not self.files.is_directory(each)]


def needs(files: Files, expanded: Callable[[str], str]) -> Iterator[Need]:
    if not files.exists(MAIN) or files.is_directory(MAIN):
        return
    reader = _Reader(files, expanded)
    lines = list(reader.lines(MAIN))
    loaded = {each.words[2] for each in lines if each.words[0].lower() == "loadmodule" and len(each.words) > 2}
    modules = {re.sub(r"^.*mod_|\.so$", "", each) for each in loaded}
    there = [each for each in lines if _is_active(each.sections, modules)]
    for line in there:
        yield from _read(reader, line)
    for line in there:
        yield from _directive(reader, line, modules)


def _is_active(sections: tuple[str, ...], modules: set[str]) -> bool:
    for section in sections:
        kind, _, name = section.partition(" ")
        module = re.sub(r"^mod_|_module$|\.c$", "", name.strip().removeprefix("!"))
        if kind in ("ifdefine", "if", "ifversion", "iffile") or (
            kind == "ifmodule" and (module in modules) == name.strip().startswith("!")
        ):
            return False
    return True


def _syntax_error(line: _Line) -> str:
    return f"Syntax error on line {line.number} of {line.path}: "


def _read(reader: _Reader, line: _Line) -> Iterator[Need]:
    """What the reading of a file does at once."""
    name, *values = line.words
    before = f"httpd: {line.above}{_syntax_error(line)}"
    if name.lower() == "loadmodule" and len(values) > 1:
        path = reader.absolute(values[1])
        own = f"{ROOT}/modules/mod_"
        if not (path.startswith(own) and path.removeprefix(own).removesuffix(".so") in _MODULES):
            what = f"Cannot load {values[1]} into server: {path}: cannot open shared object file: {_NOT_FOUND}"
            yield Need(file=path, text=f"{before}{what}\n")
    elif name.lower() == "include" and values and not reader.matching(values[0]):
        yield from _included(reader, reader.absolute(values[0]), before)


def _included(reader: _Reader, path: str, before: str) -> Iterator[Need]:
    directory, name = posixpath.split(path)
    if directory == f"{ROOT}/conf/extra" and any(fnmatchcase(each, name) for each in (*_EXTRA, "proxy-html.conf")):
        return
    if not any(each in name for each in "*?["):
        text = f"Could not open configuration file {path}: {_NOT_FOUND}"
    elif not reader.files.is_directory(directory):
        text = f"Include/IncludeOptional: Could not open directory {directory}: {_NOT_FOUND}"
    else:
        text = f"Include/IncludeOptional: No matches for the wildcard '{name}' in '{directory}', failing"
    yield Need(file=path, text=f"{before}{text}\n")


def _directive(reader: _Reader, line: _Line, modules: set[str]) -> Iterator[Need]:
    """What a directive does when all files are read."""
    name, *values = line.words
    before = f"AH00526: Syntax error on line {line.number} of {line.path}:\n"
    owner = next((module for start, module in _OWNERS.items() if name.lower().startswith(start)), "")
    if owner and owner not in modules:
        why = "perhaps misspelled or defined by a module not included in the server configuration"
        yield Need(text=f"{before}Invalid command '{name}', {why}\n")
    elif name.lower() in _CERTIFICATES and values:
        path = reader.absolute(values[0])
        yield Need(file=path, text=f"{before}{name}: file '{path}' does not exist or is empty\n")
