"""HTTP: messages, URLs, and the programs that speak it."""
