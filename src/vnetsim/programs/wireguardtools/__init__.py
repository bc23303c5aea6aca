"""The programs of wireguard-tools 1.0.20210914."""
