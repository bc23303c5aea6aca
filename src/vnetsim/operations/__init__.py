"""The operations on a network, as values; each prints as the command that a person would type.

A backend executes them (`Network.execute`), refusing with KernelError exactly when the kernel would.  None means
"not given".  Prefix lengths, metrics and times are integers in the unit of the command's keyword.
"""

from vnetsim.operations.address import AddAddress as AddAddress
from vnetsim.operations.address import AddGroup as AddGroup
from vnetsim.operations.address import DeleteAddress as DeleteAddress
from vnetsim.operations.address import DeleteGroup as DeleteGroup
from vnetsim.operations.bridge import AddBridgeVlan as AddBridgeVlan
from vnetsim.operations.bridge import AddFdb as AddFdb
from vnetsim.operations.bridge import AddMdb as AddMdb
from vnetsim.operations.bridge import DeleteBridgeVlan as DeleteBridgeVlan
from vnetsim.operations.bridge import DeleteFdb as DeleteFdb
from vnetsim.operations.bridge import DeleteMdb as DeleteMdb
from vnetsim.operations.bridge import SetBridgePort as SetBridgePort
from vnetsim.operations.conntrack import DeleteConnection as DeleteConnection
from vnetsim.operations.conntrack import FlushConnections as FlushConnections
from vnetsim.operations.link import AddLink as AddLink
from vnetsim.operations.link import DeleteLink as DeleteLink
from vnetsim.operations.link import NetnsRef as NetnsRef
from vnetsim.operations.link import Peer as Peer
from vnetsim.operations.link import SetFeatures as SetFeatures
from vnetsim.operations.link import SetLink as SetLink
from vnetsim.operations.neighbour import ChangeNeighbour as ChangeNeighbour
from vnetsim.operations.neighbour import DeleteNeighbour as DeleteNeighbour
from vnetsim.operations.qdisc import ChangeClass as ChangeClass
from vnetsim.operations.qdisc import ChangeQdisc as ChangeQdisc
from vnetsim.operations.qdisc import DeleteClass as DeleteClass
from vnetsim.operations.qdisc import DeleteQdisc as DeleteQdisc
from vnetsim.operations.route import AddPolicyRule as AddPolicyRule
from vnetsim.operations.route import AddRoute as AddRoute
from vnetsim.operations.route import DeletePolicyRule as DeletePolicyRule
from vnetsim.operations.route import DeleteRoute as DeleteRoute
from vnetsim.operations.route import Hop as Hop
from vnetsim.operations.sysctl import SetSysctl as SetSysctl
from vnetsim.operations.verb import Verb as Verb
