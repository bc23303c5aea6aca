"""Hooks, connection tracking and NAT, attached to the stack of one namespace (net/netfilter)."""
