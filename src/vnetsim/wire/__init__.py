"""Values on the wire: a module a protocol, each with decode, encode and the words tcpdump prints."""
