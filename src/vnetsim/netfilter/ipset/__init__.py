"""Sets of addresses, ports and devices that rules refer to (net/netfilter/ipset)."""
