"""Devices whose frames travel in packets of a transport (drivers/net/vxlan, net/ipv4/ip_tunnel_core.c)."""
