"""The configuration of dockerd: flags and daemon.json (daemon/config of moby 28.5)."""
