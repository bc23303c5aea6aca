"""The programs of net-tools 2.10: arp, hostname, ifconfig, netstat, route."""
