"""What rewrites destinations, as values that can be inverted: NAT of iptables and nft, docker-proxy."""
