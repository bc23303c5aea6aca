"""The programs of GNU inetutils."""
