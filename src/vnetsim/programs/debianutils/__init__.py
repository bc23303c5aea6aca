"""The programs of debianutils."""
