"""Processes, their files and pipes, /proc and /sys, and the resolver of the C library (kernel/, fs/)."""
