"""Who reaches whom, and what changed in that."""
