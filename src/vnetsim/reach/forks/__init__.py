"""Copies of a lab in processes of their own: fork(2), and what stands in for it where there is none."""
