"""What people type, a module a program: read the words, do, print."""
