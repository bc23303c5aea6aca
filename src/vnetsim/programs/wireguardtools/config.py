"""What is typed behind `wg set`, and configuration files, as requests (config.c, setconf.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from vnetsim.errors import KernelError
from vnetsim.observations import WireguardConfig, WireguardPeer
from vnetsim.operations.wireguard import SetWireguard, SetWireguardPeer
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.streams import source
from vnetsim.programs.wireguardtools.encoding import (
    NO_KEY,
    read_allowed_ips,
    read_endpoint,
    read_fwmark,
    read_keepalive,
    read_key,
    read_keyfile,
    read_port,
    refused,
)

#: A value that is read: the field of a request, and what it is.
Reader: TypeAlias = Callable[[Process, str], "Coroutine[dict[str, Any]]"]


def _plain(field: str, read: Callable[[Process, str], object]) -> Reader:
    def reader(process: Process, text: str) -> Coroutine[dict[str, Any]]:
        yield from ()
        return {field: read(process, text)}

    return reader


def _waiting(field: str, read: Callable[[Process, str], Coroutine[Any]]) -> Reader:
    def reader(process: Process, text: str) -> Coroutine[dict[str, Any]]:
        return {field: (yield from read(process, text))}

    return reader


_PORT: Final = _plain("listen_port", read_port)
_FWMARK: Final = _plain("fwmark", lambda _, text: read_fwmark(text))
_KEEPALIVE: Final = _plain("persistent_keepalive", lambda _, text: read_keepalive(text))
_ALLOWED_IPS: Final = _plain("allowed_ips", read_allowed_ips)
_ENDPOINT: Final = _waiting("endpoint", read_endpoint)
_DEVICE_WORDS: Final[dict[str, Reader]] = {
    "listen-port": _PORT, "fwmark": _FWMARK, "private-key": _waiting("private_key", read_keyfile),
}  # fmt: skip
_PEER_WORDS: Final[dict[str, Reader]] = {
    "endpoint": _ENDPOINT, "allowed-ips": _ALLOWED_IPS, "persistent-keepalive": _KEEPALIVE,
    "preshared-key": _waiting("preshared_key", read_keyfile),
}  # fmt: skip


def _key(field: str) -> Reader:
    return _plain(field, lambda _, text: read_key(text))


_INTERFACE_KEYS: Final[dict[str, Reader]] = {
    "listenport": _PORT, "fwmark": _FWMARK, "privatekey": _key("private_key"),
}  # fmt: skip
_PEER_KEYS: Final[dict[str, Reader]] = {
    "endpoint": _ENDPOINT, "publickey": _key("public_key"), "allowedips": _ALLOWED_IPS,
    "persistentkeepalive": _KEEPALIVE, "presharedkey": _key("preshared_key"),
}  # fmt: skip


def read_command(process: Process, device: str, words: list[str]) -> Coroutine[SetWireguard]:
    """config_read_cmd: the arguments behind `wg set DEV`."""
    fields: dict[str, Any] = {}
    peers: list[dict[str, Any]] = []
    while words:
        word = words.pop(0)
        reader = (_PEER_WORDS if peers else _DEVICE_WORDS).get(word)
        if word == "remove" and peers:
            peers[-1]["remove"] = True
        elif word == "peer" and words:
            peers.append({"public_key": read_key(words.pop(0))})
        elif reader is None or not words:
            raise refused(f"Invalid argument: {word}")
        else:
            read = yield from reader(process, words.pop(0))
            if "allowed_ips" in read:
                read["replace_allowed_ips"] = True
            (peers[-1] if peers else fields).update(read)
    return SetWireguard(device=device, **fields, peers=tuple(SetWireguardPeer(**peer) for peer in peers))


def read_file(process: Process, device: str, path: str, *, append: bool) -> Coroutine[SetWireguard]:
    """config_read_line, config_read_finish: a file; without `append` what it does not say is reset."""
    try:
        text = yield from source(process, path).rest()
    except KernelError as error:
        raise refused(f"fopen: {error.errno.strerror}") from None
    fields: dict[str, Any] = {} if append else {"private_key": NO_KEY, "fwmark": 0, "listen_port": 0}
    peers: list[dict[str, Any]] = []
    section: dict[str, Reader] = {}
    for raw in text.splitlines():
        line = "".join(raw.partition("#")[0].split())
        if line.lower() == "[interface]":
            section = _INTERFACE_KEYS
        elif line.lower() == "[peer]":
            section = _PEER_KEYS
            peers.append({"replace_allowed_ips": True})
        elif line:
            _merge(peers[-1] if section is _PEER_KEYS else fields, (yield from _read_line(process, section, line)))
    if any("public_key" not in peer for peer in peers):
        raise refused("A peer is missing a public key\nInvalid configuration")
    made = tuple(SetWireguardPeer(**peer) for peer in peers)
    return SetWireguard(device=device, **fields, replace_peers=not append, peers=made)


def _read_line(process: Process, section: dict[str, Reader], line: str) -> Coroutine[dict[str, Any]]:
    name, _, value = line.partition("=")
    reader = section.get(name.lower())
    try:
        if reader is None or not value:
            raise refused(f"Line unrecognized: `{line}'")
        return (yield from reader(process, value))
    except Exit as end:
        raise Exit(1, stderr=f"{end.stderr}Configuration parsing error\n") from None


def _merge(fields: dict[str, Any], read: dict[str, Any]) -> None:
    """Allowed addresses of several lines are all kept."""
    if "allowed_ips" in read:
        read = {"allowed_ips": (*fields.get("allowed_ips", ()), *read["allowed_ips"])}
    fields.update(read)


def differences(wanted: SetWireguard, current: WireguardConfig) -> SetWireguard:
    """sync_conf: what makes the current configuration the wanted one without ending sessions."""
    names = {peer.public_key for peer in wanted.peers}
    gone = [SetWireguardPeer(public_key=peer.public_key, remove=True)
            for peer in current.peers if peer.public_key not in names]  # fmt: skip
    known = {peer.public_key: peer for peer in current.peers}
    kept = [_reset(peer, known.get(peer.public_key)) for peer in wanted.peers]
    return wanted._replace(replace_peers=False, peers=(*gone, *kept))


def _reset(peer: SetWireguardPeer, known: WireguardPeer | None) -> SetWireguardPeer:
    """What the file does not say of a peer that there is already is reset as well."""
    if known is None:
        return peer
    preshared = NO_KEY if peer.preshared_key is None and known.preshared_key is not None else peer.preshared_key
    keepalive = 0 if peer.persistent_keepalive is None and known.persistent_keepalive else peer.persistent_keepalive
    return peer._replace(preshared_key=preshared, persistent_keepalive=keepalive)
