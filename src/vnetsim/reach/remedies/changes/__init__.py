"""Proposals for changes, a module for each thing that may be set up wrongly."""
