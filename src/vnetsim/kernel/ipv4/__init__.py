"""IPv4: input, output, forwarding, ARP, ICMP, IGMP, addresses and routes as packets use them (net/ipv4)."""
