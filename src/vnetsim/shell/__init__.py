"""The shell: a parser of command lines (`parser`), and an interpreter (`interpreter`)."""
