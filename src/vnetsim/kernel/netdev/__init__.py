"""Devices: the things `ip link` lists, a module a kind."""
