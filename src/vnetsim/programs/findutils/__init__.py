"""The programs of GNU findutils."""
