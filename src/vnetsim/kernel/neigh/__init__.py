"""Neighbour tables (net/core/neighbour.c)."""
