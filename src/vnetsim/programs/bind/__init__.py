"""What dig, host and nslookup have in common (bin/dig/dighost.c of BIND 9): lookups, servers, tries, text."""
