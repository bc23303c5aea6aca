"""`wg show` and `wg showconf` (show.c, showconf.c).

Not modelled: colours, which a terminal would get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.observations import WireguardConfig, WireguardPeer
from vnetsim.operations.wireguard import endpoint
from vnetsim.programs.wireguardtools.encoding import key_text

_UNITS: Final = (("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40))
_SECONDS: Final = (("year", 365 * 24 * 3600), ("day", 24 * 3600), ("hour", 3600), ("minute", 60), ("second", 1))


def pretty_time(seconds: int) -> str:
    parts = []
    for name, length in _SECONDS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {name}{'s' * (count != 1)}")
    return ", ".join(parts)


def ago(then: int, now: int) -> str:
    """Both in nanoseconds since 1970."""
    passed = now // SECOND - then // SECOND
    if passed < 0:
        return "(System clock wound backward; connections will fail.)"
    return f"{pretty_time(passed)} ago" if passed else "Now"


def pretty_bytes(count: int) -> str:
    fitting = [(name, size) for name, size in _UNITS if count >= size]
    if not fitting:
        return f"{count} B"
    name, size = fitting[-1]
    return f"{count / size:.2f} {name}"


def _networks(peer: WireguardPeer, separator: str) -> str:
    return separator.join(map(str, peer.allowed_ips)) or "(none)"


def _endpoint(peer: WireguardPeer) -> str:
    return "(none)" if peer.endpoint is None else endpoint(*peer.endpoint)


def _mark(config: WireguardConfig) -> str:
    return f"0x{config.fwmark:x}" if config.fwmark else "off"


def by_handshake(config: WireguardConfig) -> list[WireguardPeer]:
    """sort_peers: the latest handshake first."""
    return sorted(config.peers, key=lambda peer: -peer.latest_handshake)


def pretty(config: WireguardConfig, now: int, *, hidden: bool) -> str:
    """pretty_print"""
    lines = [f"interface: {config.device}"]
    if config.public_key is not None:
        lines.append(f"  public key: {key_text(config.public_key)}")
    if config.private_key is not None:
        lines.append(f"  private key: {'(hidden)' if hidden else key_text(config.private_key)}")
    if config.listen_port:
        lines.append(f"  listening port: {config.listen_port}")
    if config.fwmark:
        lines.append(f"  fwmark: {_mark(config)}")
    for peer in by_handshake(config):
        lines += ["", *_pretty_peer(peer, now, hidden=hidden)]
    return "\n".join(lines) + "\n"


def _pretty_peer(peer: WireguardPeer, now: int, *, hidden: bool) -> Iterator[str]:
    yield f"peer: {key_text(peer.public_key)}"
    if peer.preshared_key is not None:
        yield f"  preshared key: {'(hidden)' if hidden else key_text(peer.preshared_key)}"
    if peer.endpoint is not None:
        yield f"  endpoint: {_endpoint(peer)}"
    yield f"  allowed ips: {_networks(peer, ', ')}"
    if peer.latest_handshake:
        yield f"  latest handshake: {ago(peer.latest_handshake, now)}"
    if peer.received or peer.sent:
        yield f"  transfer: {pretty_bytes(peer.received)} received, {pretty_bytes(peer.sent)} sent"
    if peer.persistent_keepalive:
        yield f"  persistent keepalive: every {pretty_time(peer.persistent_keepalive)}"


def _keepalive(peer: WireguardPeer) -> str:
    return str(peer.persistent_keepalive or "off")


#: What is printed of a device, and of each peer behind its key.
_OF_DEVICE: Final[dict[str, Callable[[WireguardConfig], str]]] = {
    "public-key": lambda config: key_text(config.public_key),
    "private-key": lambda config: key_text(config.private_key),
    "listen-port": lambda config: str(config.listen_port),
    "fwmark": _mark,
}
_OF_PEERS: Final[dict[str, Callable[[WireguardPeer], tuple[str, ...]]]] = {
    "peers": lambda _: (),
    "preshared-keys": lambda peer: (key_text(peer.preshared_key),),
    "endpoints": lambda peer: (_endpoint(peer),),
    "allowed-ips": lambda peer: (_networks(peer, " "),),
    "latest-handshakes": lambda peer: (str(peer.latest_handshake // SECOND),),
    "transfer": lambda peer: (str(peer.received), str(peer.sent)),
    "persistent-keepalive": lambda peer: (_keepalive(peer),),
}
FIELDS: Final = (*_OF_DEVICE, *_OF_PEERS, "dump")


def ugly(config: WireguardConfig, field: str, *, with_interface: bool) -> str:
    """ugly_print: one of FIELDS; of several devices with their names, of `endpoints` before the first one only."""
    name = f"{config.device}\t" if with_interface else ""
    if field == "dump":
        return "".join(f"{name}{line}\n" for line in _dump(config))
    if field in _OF_DEVICE:
        return f"{name}{_OF_DEVICE[field](config)}\n"
    lines = ["\t".join((key_text(peer.public_key), *_OF_PEERS[field](peer))) + "\n" for peer in config.peers]
    if field == "endpoints":
        return name + "".join(lines)
    return "".join(f"{name}{line}" for line in lines)


def _dump(config: WireguardConfig) -> Iterator[str]:
    yield "\t".join((key_text(config.private_key), key_text(config.public_key), str(config.listen_port), _mark(config)))
    for peer in config.peers:
        yield "\t".join((
            key_text(peer.public_key), key_text(peer.preshared_key), _endpoint(peer), _networks(peer, ","),
            str(peer.latest_handshake // SECOND), str(peer.received), str(peer.sent), _keepalive(peer),
        ))  # fmt: skip


def configuration(config: WireguardConfig) -> str:
    """showconf_main"""
    lines = ["[Interface]"]
    if config.listen_port:
        lines.append(f"ListenPort = {config.listen_port}")
    if config.fwmark:
        lines.append(f"FwMark = {_mark(config)}")
    if config.private_key is not None:
        lines.append(f"PrivateKey = {key_text(config.private_key)}")
    for peer in config.peers:
        lines += ["", *_configured(peer)]
    return "\n".join(lines) + "\n" * (1 if config.peers else 2)


def _configured(peer: WireguardPeer) -> Iterator[str]:
    yield "[Peer]"
    yield f"PublicKey = {key_text(peer.public_key)}"
    if peer.preshared_key is not None:
        yield f"PresharedKey = {key_text(peer.preshared_key)}"
    if peer.allowed_ips:
        yield f"AllowedIPs = {_networks(peer, ', ')}"
    if peer.endpoint is not None:
        yield f"Endpoint = {_endpoint(peer)}"
    if peer.persistent_keepalive:
        yield f"PersistentKeepalive = {peer.persistent_keepalive}"
