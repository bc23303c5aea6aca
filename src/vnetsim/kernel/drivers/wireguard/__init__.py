"""WireGuard (drivers/net/wireguard): a device that sends each packet to the peer of its destination, by UDP.

Not modelled: cryptography (vnetsim.protocols.wireguard.noise), hosts under load and their cookies, the limit of
packets that wait in the queues of the processors.
"""
