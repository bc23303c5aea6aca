"""One question answered in full: the verdict, its story, its reason, and remedies."""
