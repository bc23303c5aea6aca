"""Commands that a shell carries out itself (POSIX.1-2017, XCU 2.14; bash(1), SHELL BUILTIN COMMANDS)."""
