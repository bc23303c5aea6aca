"""Networks, sandboxes and endpoints (libnetwork of moby 28.5)."""
