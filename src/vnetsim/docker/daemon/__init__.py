"""What the engine does when its API is called (daemon of moby 28.5)."""
