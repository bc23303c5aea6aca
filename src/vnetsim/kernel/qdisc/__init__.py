"""Queueing disciplines: what holds frames back before they leave a device (net/sched)."""
