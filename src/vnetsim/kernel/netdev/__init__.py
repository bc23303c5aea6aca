"""What all devices share, and the packet in transit (net/core/dev.c, include/linux/skbuff.h)."""
