"""A run of a lab for the player: who watches a machine while it works, and writes down what can be played later."""
