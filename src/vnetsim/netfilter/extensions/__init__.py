"""Matches and targets, a module an extension: what each prints, what it does, and how it is parsed."""
