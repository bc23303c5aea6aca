"""Network drivers (libnetwork/drivers of moby 28.5)."""
