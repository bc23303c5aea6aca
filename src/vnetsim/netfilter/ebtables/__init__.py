"""Rules of ebtables, for the frames that bridges pass on (net/bridge/netfilter, iptables' nft-bridge.c)."""
