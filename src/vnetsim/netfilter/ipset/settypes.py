"""The types of sets: their parts, revisions, and what the kernel needs for them (struct ip_set_type).

Not modelled: types of older revisions than the newest, hash:ip with a bitmask.
"""

from __future__ import annotations

from typing import Final

from vnetsim.values import frozen

#: Bytes of a bucket without its elements (struct hbucket), and of each 1024 buckets behind the first ones.
BUCKET: Final = 32
REGION: Final = 24
#: Bytes and alignment of what an element can have besides (ip_set_extensions).
_EXTENSIONS: Final = (("counters", 16, 8), ("timeout", 8, 8), ("skbinfo", 16, 4), ("comment", 8, 8))
#: What struct comment has besides its text and the final zero.
COMMENT: Final = 17


@frozen
class SetType:
    """`parts` are ip, net, port, mac, mark, iface or set.

    `bases` and `sizes` are the bytes of an empty set and of an element, of IPv4 and IPv6; `options` those of `create`.
    """

    name: str
    revision: int
    parts: tuple[str, ...]
    bases: tuple[int, int] = (0, 0)
    sizes: tuple[int, int] = (0, 0)
    options: frozenset[str] = frozenset()

    @property
    def method(self) -> str:
        """bitmap, hash or list."""
        return self.name.partition(":")[0]

    @property
    def has_family(self) -> bool:
        return "family" in self.options

    @property
    def families(self) -> tuple[int, ...]:
        """Of the packets that it can hold, if `create` does not say."""
        return (4,) if self.name in ("bitmap:ip", "bitmap:ip,mac") else (4, 6)

    @property
    def has_nets(self) -> bool:
        return "net" in self.parts

    def element_size(self, version: int, extensions: frozenset[str]) -> int:
        """Bytes of an element with its extensions (ip_set_elem_len)."""
        size, most = self.sizes[version == 6], 1
        for name, more, alignment in _EXTENSIONS:
            if name in extensions:
                size, most = -(-size // alignment) * alignment + more, max(most, alignment)
        return -(-size // most) * most


_ANY: Final = "timeout counters comment skbinfo"
_HASH: Final = f"{_ANY} hashsize maxelem forceadd bucketsize initval"


def _types() -> list[SetType]:
    rows = (
        ("hash:ip", 6, (216, 224), (4, 16), "family netmask"),
        ("hash:net", 7, (456, 1240), (8, 20), "family"),
        ("hash:ip,port", 7, (216, 232), (8, 20), "family netmask"),
        ("hash:net,port", 8, (456, 1240), (8, 20), "family"),
        ("hash:ip,port,ip", 6, (208, 232), (12, 36), "family"),
        ("hash:ip,port,net", 8, (464, 1256), (12, 36), "family"),
        ("hash:net,net", 4, (608, 1784), (16, 36), "family"),
        ("hash:net,port,net", 3, (608, 1784), (16, 40), "family"),
        ("hash:net,iface", 8, (488, 1264), (28, 40), "family"),
        ("hash:ip,mark", 3, (200, 216), (8, 20), "family markmask"),
        ("hash:ip,mac", 1, (208, 216), (12, 24), "family"),
        ("hash:mac", 1, (200, 200), (8, 8), ""),
        ("bitmap:ip", 3, (88, 88), (0, 0), "range netmask"),
        ("bitmap:ip,mac", 3, (80, 80), (8, 8), "range"),
        ("bitmap:port", 3, (72, 72), (0, 0), "range"),
        ("list:set", 3, (80, 80), (48, 48), "size"),
    )
    return [
        SetType(
            name, revision, tuple(name.partition(":")[2].split(",")), bases, sizes,
            frozenset(f"{_HASH if name.startswith('hash') else _ANY} {more}".split()),
        )
        for name, revision, bases, sizes, more in rows
    ]  # fmt: skip


TYPES: Final = {found.name: found for found in _types()}
