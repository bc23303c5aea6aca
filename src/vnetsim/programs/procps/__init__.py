"""The programs of procps: processes, signals and /proc/sys."""
