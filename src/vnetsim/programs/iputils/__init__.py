"""The programs of iputils: ping, arping, tracepath."""
