"""The player: what happened on a machine, as a page that plays it forwards and backwards."""
