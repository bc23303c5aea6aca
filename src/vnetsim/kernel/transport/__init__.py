"""Sockets: UDP, TCP, raw, ping and packet sockets of both families (net/ipv4/{udp,tcp*,raw,ping}.c, net/packet)."""
