"""What the programs of iproute2 share (iproute2: lib/)."""
