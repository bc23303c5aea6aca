"""Which ends a lab cannot tell apart: between two such, packets fare alike, and one walk is that of all of them."""
