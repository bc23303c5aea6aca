"""The shell: command lines as values (`parse`), and what they do (`run`)."""
