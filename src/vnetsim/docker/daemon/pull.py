"""`docker pull` (distribution/pull.go, pull_v2.go of moby 28.5).

A lab has every image: no packet is sent for it, and layers are not shown.  The recorded machine reaches no registry,
and a pull fails there at the lookup of the registry's name, for images that are there, too.

Not modelled: registries that are named by address, or by a name that needs no name server.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.images.reference import InvalidReference, Reference, parse
from vnetsim.docker.libnetwork.nlwrap import read_file
from vnetsim.docker.libnetwork.resolvconf import RESOLV_CONF, ResolvConf
from vnetsim.errors import EngineError, KernelError, NotModelled
from vnetsim.wire.inet import Address

#: The registry of names without one.
HUB: Final = "registry.invalid"
#: How long a lookup of Go's resolver takes: two attempts of five seconds.
LOOKUP: Final = 10 * SECOND
#: How long a pull takes.
PULL: Final = SECOND
_DNS: Final = 53
_NUMERIC: Final = re.compile(r"[\d.]+|\[.*\]")


def pull(daemon: Daemon, image: str) -> EngineOperation[list[str]]:
    """The lines of progress; EngineError, or NotModelled for a registry that would be found without a name server."""
    reference = read_reference(image)
    if daemon.images.registry is None:
        yield from _fail(daemon, image)
    yield daemon.host.sleep(PULL)
    return daemon.images.pull(reference)


def read_reference(image: str) -> Reference:
    """EngineError 400 for what is none."""
    try:
        reference = parse(image)
    except InvalidReference as error:
        raise EngineError(400, str(error)) from None
    if reference is None:
        raise EngineError(400, f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings")
    return reference


def _fail(daemon: Daemon, image: str) -> EngineOperation[None]:
    """The recorded machine: EngineError 500 or NotModelled."""
    registry = _registry(image)
    host = registry.rpartition(":")[0] or registry
    if host == "localhost" or _NUMERIC.fullmatch(host):
        raise NotModelled(f"docker pull from the registry {registry}")
    server = next(iter(ResolvConf.parse(read_file(daemon.host.files, RESOLV_CONF)).servers), None)
    if server is None:
        failure = f"read udp [::1]:{_ephemeral(daemon)}->[::1]:53: read: connection refused"
        raise _unreachable(registry, host, "[::1]", failure)
    source = _source_to(daemon, server)
    where = f"[{server}]" if server.version == 6 else str(server)
    if source is None:
        raise _unreachable(registry, host, where, f"dial udp {where}:{_DNS}: connect: network is unreachable")
    yield daemon.host.sleep(LOOKUP)
    failure = f"read udp {source}:{_ephemeral(daemon)}->{where}:{_DNS}: i/o timeout"
    raise _unreachable(registry, host, where, failure)


def _registry(image: str) -> str:
    """The first part of a name, where it looks like a host."""
    first, slash, _ = image.partition("/")
    is_host = slash and (set(".:") & set(first) or first == "localhost")
    return first if is_host and first != "docker.io" else HUB


def _ephemeral(daemon: Daemon) -> int:
    return daemon.machine.random.randint(32768, 60999)


def _source_to(daemon: Daemon, server: Address) -> str | None:
    try:
        source = daemon.host.network.route_get(server).source
    except KernelError:
        return None
    if source is None:
        return None
    return f"[{source}]" if source.version == 6 else str(source)


def _unreachable(registry: str, host: str, server: str, failure: str) -> EngineError:
    return EngineError(500, f'Get "https://{registry}/v2/": dial tcp: lookup {host} on {server}:{_DNS}: {failure}')
