"""Reasons for which packets end, each in the module named as its code: what the lab adds to its sentence."""
