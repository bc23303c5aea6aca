"""The learning bridge: ports, forwarding database, spanning tree, options (net/bridge)."""
