"""Sysctls of one network namespace: their values, and what becomes of a value that is written."""
