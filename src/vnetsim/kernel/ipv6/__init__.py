"""IPv6: input, output, forwarding, NDP, ICMPv6, MLD, addresses and routes as packets use them (net/ipv6)."""
