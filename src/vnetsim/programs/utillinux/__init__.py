"""The programs of util-linux: namespaces and the kernel's log."""
