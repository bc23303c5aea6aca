"""Requests become changes of a namespace, dumps become observations (net/core/rtnetlink.c and its users)."""
