"""Programs of psmisc."""
