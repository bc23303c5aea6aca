"""The programs of iproute2: ip, bridge, tc, ss."""
