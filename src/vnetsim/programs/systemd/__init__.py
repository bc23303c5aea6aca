"""The programs of systemd."""
