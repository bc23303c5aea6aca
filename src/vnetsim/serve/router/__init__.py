"""The paths of the Engine API, a module for each family (api/server/router of moby 28.5)."""
