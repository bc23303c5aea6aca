"""From the trace of a packet to the reason for which it was lost, or was not stopped."""
