"""Devices by kind, a module for each (drivers/net, net/8021q)."""
