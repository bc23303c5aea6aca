"""Two hosts with WireGuard between them."""

from __future__ import annotations

from tests.machines import pair, typed
from vnetsim import Lab
from vnetsim.trace import Dropped

#: Private keys by namespace, and the public keys that belong to them.
PRIVATE = {
    "a": "dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0=",
    "b": "dm5ldHNpbS1yZWNvcmRpbmcta2V5LWItLS0tLS0tLS0=",
    "c": "dm5ldHNpbS1yZWNvcmRpbmcta2V5LWMtLS0tLS0tLS0=",
}
PUBLIC = {
    "a": "6JkImTYhfu7ac1y2CbUTIIqrpUQ0VK6gBsJEkxNjGT4=",
    "b": "JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE=",
    "c": "z26g8Fci0lKyyn2a/FG9b+1bgCIiWrSG1XBXVjzdlFQ=",
}
PORT = 51820


def guarded(*, peer: str = "b", watch: bool = False) -> Lab:
    """`tests.machines.pair` with wg0: 10.9.0.1 in a, 10.9.0.2 in b; `peer` is whose key a knows."""
    lab = pair(watch=watch)
    for name, key in PRIVATE.items():
        typed(lab, f"sh -c 'echo {key} > /tmp/{name}'")
    for number, (here, there) in enumerate((("a", peer), ("b", "a")), start=1):
        typed(
            lab,
            f"""
            ip -n {here} link add wg0 type wireguard
            ip netns exec {here} wg set wg0 listen-port {PORT} private-key /tmp/{here} peer {PUBLIC[there]} \
                allowed-ips 10.9.0.{3 - number}/32 endpoint 10.0.0.{3 - number}:{PORT}
            ip -n {here} addr add 10.9.0.{number}/24 dev wg0
            """.replace("\\\n", ""),
        )
    typed(lab, "ip -n b link set wg0 up\nip -n a link set wg0 up")
    return lab


def shown(lab: Lab, namespace: str, field: str) -> str:
    """A field of `wg show wg0`, without the keys."""
    lines = typed(lab, f"ip netns exec {namespace} wg show wg0 {field}").stdout.splitlines()
    return "\n".join(" ".join(line.split()[1:]) for line in lines)


def drops(lab: Lab) -> list[Dropped]:
    return [event for event in lab.events if isinstance(event, Dropped)]
