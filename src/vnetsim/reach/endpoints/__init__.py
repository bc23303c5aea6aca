"""Endpoints, senders and destinations: their namespaces, names and ports."""
