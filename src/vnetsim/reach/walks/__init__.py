"""Reading the trace of one packet: its path through namespaces and chains."""
