"""The programs of bridge-utils."""
