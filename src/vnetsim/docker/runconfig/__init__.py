"""A container's configuration: defaults and validation (runconfig of moby 28.5)."""
