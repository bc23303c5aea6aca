"""Containers and their state (container of moby 28.5)."""
