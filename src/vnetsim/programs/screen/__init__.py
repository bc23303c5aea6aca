"""Programs that fill the window of a terminal, and what they share."""
