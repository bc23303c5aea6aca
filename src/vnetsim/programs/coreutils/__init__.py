"""The programs of GNU coreutils: text, files and the shell's small tools, a module each."""
