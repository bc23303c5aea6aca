"""Keeping a container's /etc/hosts, /etc/resolv.conf and /etc/hostname (libnetwork/sandbox_dns_unix.go).

The engine does not overwrite a resolv.conf that differs from what it wrote last.  As in moby, the version for the
embedded resolver is not recorded, so that a container keeps it after leaving its last network.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from vnetsim.docker.libnetwork.etchosts import HOSTNAME, HOSTS, HostsLine, hosts, own_names, with_address, without_hosts
from vnetsim.docker.libnetwork.nlwrap import read_file
from vnetsim.docker.libnetwork.resolvconf import RESOLV_CONF, ExternalServer, ResolvConf
from vnetsim.process.files import Files
from vnetsim.values import frozen
from vnetsim.wire.inet import IPv4

RESOLVER: Final = IPv4.parse("127.0.0.11")
#: The networks that a resolv.conf is for.
_HOST: Final = "host"
_IPV4: Final = "IPv4"
_DUAL_STACK: Final = "dual-stack"
_USER_DEFINED: Final = "user-defined"


@frozen(kw_only=True)
class SandboxFileOptions:
    """The contents of the files; the DNS options are the container's, or else the engine's."""

    hostname: str
    domainname: str = ""
    extra_hosts: tuple[HostsLine, ...] = ()
    dns: Sequence[str] = ()
    search: Sequence[str] = ()
    options: Sequence[str] = ()


class SandboxFiles:
    """`shared` are the containers that see the same files (`--network container:NAME`)."""

    def __init__(self, host_files: Files) -> None:
        self._host_files = host_files
        self._files: Files | None = None
        self._last_written: str | None = None
        self._has_ipv6 = True
        self.options = SandboxFileOptions(hostname="")
        self.extra: list[HostsLine] = []
        self.shared: list[Files] = []
        self.external: Sequence[ExternalServer] = ()

    def set_up(self, files: Files, host_files: Files, options: SandboxFileOptions, *, on_host: bool) -> None:
        """Write all files for a start of the container."""
        self._files = files
        self._host_files = host_files
        self.options = options
        self.extra = list(options.extra_hosts)
        self.external = ()
        self._has_ipv6 = True
        if on_host and not self.extra:
            self._write(HOSTS, read_file(self._host_files, HOSTS))
        else:
            self._write(HOSTS, hosts(self.extra))
        self._write(HOSTNAME, f"{options.hostname}\n")
        self._write_resolv_conf(_HOST)

    def renew(self, *, on_host: bool) -> None:
        """Write all files as at the start, also those that were changed."""
        assert self._files is not None
        self.set_up(self._files, self._host_files, self.options, on_host=on_host)

    def leave_out_ipv6(self) -> None:
        """Remove the IPv6 lines of /etc/hosts (Sandbox.rebuildHostsFile)."""
        self._has_ipv6 = False
        self._write(HOSTS, hosts(self.extra, ipv6=False))

    def share_with(self, files: Files) -> None:
        self.shared.append(files)
        for path in (HOSTS, HOSTNAME, RESOLV_CONF):
            files.write(path, self._read(path))

    def _read(self, path: str) -> str:
        return "" if self._files is None else read_file(self._files, path)

    def _write(self, path: str, text: str) -> None:
        for files in (self._files, *self.shared):
            if files is not None:
                files.write(path, text)

    # --- /etc/hosts --------------------------------------------------------------------------------------------------

    def _lines(self, addresses: Sequence[str]) -> list[HostsLine]:
        names = own_names(self.options.hostname, self.options.domainname)
        return [HostsLine(address, names) for address in addresses]

    def add_addresses(self, addresses: Sequence[str]) -> None:
        if addresses:
            self._write(HOSTS, self._read(HOSTS) + "".join(map(str, self._lines(addresses))))

    def remove_addresses(self, addresses: Sequence[str]) -> None:
        if addresses:
            self._write(HOSTS, without_hosts(self._read(HOSTS), self._lines(addresses)))

    def add_link(self, names: str, address: str, own_addresses: Sequence[str]) -> None:
        """Rebuild /etc/hosts with a line for a linked container."""
        self.extra.append(HostsLine(address, names))
        self._write(HOSTS, hosts((*self.extra, *self._lines(own_addresses)), ipv6=self._has_ipv6))

    def update_link(self, alias: str, address: str) -> None:
        """A linked container has a new address."""
        self._write(HOSTS, with_address(self._read(HOSTS), alias, address))

    # --- /etc/resolv.conf --------------------------------------------------------------------------------------------

    def _resolv_conf(self, network: str) -> tuple[str, Sequence[ExternalServer]]:
        text, options = read_file(self._host_files, RESOLV_CONF), self.options
        return _resolv_conf(text, tuple(options.dns), tuple(options.search), tuple(options.options), network)

    def _write_resolv_conf(self, network: str) -> None:
        self._last_written, _ = self._resolv_conf(network)
        self._write(RESOLV_CONF, self._last_written)

    @property
    def _is_untouched(self) -> bool:
        return self._last_written is None or self._read(RESOLV_CONF) == self._last_written

    def update_resolv_conf(self, *, ipv6: bool, on_host: bool) -> None:
        """The container joins a network."""
        if not self._is_untouched:
            return
        self._write_resolv_conf(_HOST if on_host else _DUAL_STACK if ipv6 else _IPV4)

    def use_resolver(self) -> None:
        """The container joins its first user-defined network."""
        if not self._is_untouched:
            return
        text, self.external = self._resolv_conf(_USER_DEFINED)
        self._write(RESOLV_CONF, text)

    @property
    def has_ndots(self) -> bool:
        """Whether `ndots` is set: single names are then not forwarded."""
        conf = ResolvConf.parse(read_file(self._host_files, RESOLV_CONF))
        conf.override(self.options.dns, self.options.search, self.options.options)
        return conf.has_option("ndots")


@lru_cache(maxsize=64)
def _resolv_conf(
    text: str, dns: tuple[str, ...], search: tuple[str, ...], options: tuple[str, ...], network: str
) -> tuple[str, Sequence[ExternalServer]]:
    """The container's file by the host's, and the servers for the embedded one; most containers share it."""
    conf = ResolvConf.parse(text)
    conf.override(dns, search, options)
    if network == _USER_DEFINED:
        conf.for_internal_resolver(RESOLVER)
    elif network != _HOST:
        conf.for_legacy_network(network == _DUAL_STACK)
    return str(conf), tuple(conf.external)
