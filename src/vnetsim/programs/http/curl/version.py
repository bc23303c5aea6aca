"""The texts of curl that differ between releases."""

from __future__ import annotations

from typing import Final

import attrs

TRY: Final = "curl: try 'curl --help' or 'curl --manual' for more information\n"


@attrs.frozen
class CurlVersion:
    """`number` names it in requests.  `older` shows the meter from the start and separates host and port by a word."""

    number: str
    full: str
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


_BOOKWORM: Final = """\
curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 \
libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13
Release-Date: 2023-02-20, security patched: 7.88.1-10+deb12u14
Protocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtsp scp sftp smb \
smbs smtp smtps telnet tftp
Features: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTPS-proxy IDN IPv6 Kerberos Largefile libz NTLM NTLM_WB PSL \
SPNEGO SSL threadsafe TLS-SRP UnixSockets zstd
"""
_FORKY: Final = """\
curl 8.23.0 (x86_64-pc-linux-gnu) libcurl/8.23.0 OpenSSL/3.6.5 zlib/1.3.2 brotli/1.2.0 zstd/1.5.7 libidn2/2.3.8 \
libpsl/0.23.3 libssh2/1.11.1 nghttp2/1.70.0 ngtcp2/1.24.0 nghttp3/1.17.0 mit-krb5/1.22.1 OpenLDAP/2.6.14
Release-Date: 2026-10-14, security patched: 8.23.0-1
Protocols: dict file ftp ftps gopher gophers http https imap imaps ipfs ipns ldap ldaps mqtt mqtts pop3 pop3s rtsp scp \
sftp smtp smtps telnet tftp ws wss
Features: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTP3 HTTPS-proxy IDN IPv6 Kerberos Largefile libz PSL SPNEGO \
SSL threadsafe UnixSockets zstd
"""
VERSIONS: Final = {
    "bookworm": CurlVersion("7.88.1", _BOOKWORM, older=True),
    "forky": CurlVersion("8.23.0", _FORKY, older=False),
}
