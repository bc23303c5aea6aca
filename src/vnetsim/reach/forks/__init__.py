"""Copies of a lab in processes of their own: fork(2), and its substitute where there is none."""
