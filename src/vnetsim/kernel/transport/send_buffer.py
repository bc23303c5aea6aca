"""Whether a socket's send buffer holds a datagram that leaves in pieces (net/ipv4/ip_output.c: __ip_append_data).

What counts is the memory of the pieces (skb->truesize), not their data: many small ones take much more than they carry.
"""

from __future__ import annotations

from typing import Final

#: SOCK_MIN_SNDBUF, and net.core.wmem_max.
_LOWEST: Final = 4608
_HIGHEST: Final = 212_992
#: sizeof(struct sk_buff) and sizeof(struct skb_shared_info), in cache lines.
_SKB: Final = 256
_SHARED_INFO: Final = 320
_LINE: Final = 64
#: Sizes of what the kernel allocates: SKB_SMALL_HEAD_CACHE_SIZE, then powers of two.
_SIZES: Final = (576, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072)
#: Headroom for a link-layer header (LL_RESERVED_SPACE), and 15 bytes for its alignment.
_LINK_HEADROOM: Final = 16 + 15


def send_buffer(wanted: int) -> int:
    """sk->sk_sndbuf after setsockopt(SO_SNDBUF, wanted bytes)."""
    return max(2 * min(wanted, _HIGHEST), _LOWEST)


def memory(length: int) -> int:
    """skb->truesize of a packet of `length` bytes."""
    needed = -(-(length + _LINK_HEADROOM) // _LINE) * _LINE + _SHARED_INFO
    return _SKB + next((size for size in _SIZES if size >= needed), needed)


def holds(buffer: int, length: int, header: int, mtu: int) -> bool:
    """Whether a buffer (sk->sk_sndbuf) takes a packet of that `length`, header included, cut for a path of that mtu."""
    payload = mtu - header
    if length <= mtu or payload < 8:
        return True
    usual = payload & ~7
    before = -(-(length - mtu) // usual)
    return 1 + before * memory(usual + header) <= 2 * buffer
