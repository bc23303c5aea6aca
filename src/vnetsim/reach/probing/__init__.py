"""Questions as real packets of real sockets, one at a time or many at once, and their answers."""
