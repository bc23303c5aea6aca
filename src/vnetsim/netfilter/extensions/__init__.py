"""Matches and targets, a module a subject: what each says, what it does, and how it is read."""
