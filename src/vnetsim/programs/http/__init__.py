"""HTTP: messages, URLs, and the programs that use it."""
