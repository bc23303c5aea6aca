"""Bonds: several devices as one (drivers/net/bonding)."""
