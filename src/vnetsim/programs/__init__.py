"""The user-space programs, one module each: parse argv, act, print."""
