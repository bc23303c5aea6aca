"""What the C library gives to programs: getopt(3), streams, signals by name, the files of netdb.h."""
