"""WireGuard without I/O: which peer a packet belongs to, and who shares a session with whom."""
