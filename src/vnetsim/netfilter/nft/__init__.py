"""nf_tables: rule sets as nft 1.0.6 makes them, kept as data, walked by packets and printed as nft prints them."""
