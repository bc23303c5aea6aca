"""A search for operations that break a policy."""
