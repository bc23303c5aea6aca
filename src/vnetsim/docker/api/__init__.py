"""The Engine API: its operations and the types of their bodies (api/types, client of moby 28.5)."""
