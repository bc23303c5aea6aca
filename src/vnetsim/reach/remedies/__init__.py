"""Commands that turn a verdict: proposed, tried on copies, ranked by what else they change."""
