"""Routing tables, rules and routes of both families (net/ipv4/fib_*.c, net/ipv6/ip6_fib.c)."""
