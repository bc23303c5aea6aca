"""Recordings of a real kernel (kernel/) and a real Docker Engine (docker/), and how ours are held against them.

Linux 6.18, iproute2 6.1, iputils 20221126, iptables 1.8.9 (nf_tables); Docker Engine 28.5.2 with client 28.2.2.  Each
NAME.json is what the machine answered to scripts/NAME.sh.
"""
