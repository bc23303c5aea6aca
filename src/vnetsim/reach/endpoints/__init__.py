"""Who can send and be asked: endpoints, the namespaces that they are, the names and ports by which others know them."""
