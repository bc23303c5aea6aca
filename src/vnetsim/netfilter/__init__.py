"""Rules as data: tables of chains of rules, and a walk through them that gives a verdict and the trail of rules hit."""
