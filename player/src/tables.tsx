// The tables of a namespace or of one of its devices, as they are at the present position.

import { NONE } from "./format";
import { numberText } from "./format_text";
import { LinkColumn } from "./graph";
import type { Player } from "./player";
import type { Row } from "./timeline";

interface TableKind {
  name: string;
  title: string;
  columns: string[];
  counters: string[];
  /** Whether a row is about a device of this name. */
  about: (row: Row, device: string) => boolean;
}

const mentions = (column: number) => (row: Row, device: string): boolean =>
  row.texts[column]!.split(", ").includes(device);

const RULES: TableKind = {
  name: "rules", title: "Rules", columns: ["", "table", "chain", "#", "rule"], counters: ["packets", "bytes"],
  about: () => true,
};

const KINDS: TableKind[] = [
  { name: "addresses", title: "Addresses", columns: ["device", "address", "scope", "flags"], counters: [], about: mentions(0) },
  { name: "routes", title: "Routes", columns: ["to", "via", "device", "source", ""], counters: [], about: mentions(2) },
  { name: "policies", title: "Policy rules", columns: ["priority", "rule"], counters: [], about: () => false },
  { name: "neighbours", title: "Neighbours", columns: ["device", "address", "link-layer address", "state"], counters: [], about: mentions(0) },
  {
    name: "vlans", title: "VLANs of ports", columns: ["bridge", "port", "VLANs"], counters: [],
    about: (row, device) => row.texts[0] === device || row.texts[1] === device,
  },
  {
    name: "forwarding", title: "Forwarding database", columns: ["bridge", "address", "port", "state", "VLAN"], counters: [],
    about: (row, device) => row.texts[0] === device || row.texts[2] === device,
  },
  {
    name: "connections", title: "Connections", columns: ["", "state", "original", "reply"],
    counters: ["packets", "bytes", "reply packets", "reply bytes"], about: () => false,
  },
  RULES,
];

const LINK_FIELDS: [string, LinkColumn][] = [
  ["kind", LinkColumn.Kind], ["state", LinkColumn.State], ["flags", LinkColumn.Flags], ["mtu", LinkColumn.Mtu],
  ["address", LinkColumn.Mac], ["qdisc", LinkColumn.Qdisc], ["bridge port", LinkColumn.PortState],
];
const LINK_COUNTERS = ["packets in", "bytes in", "packets out", "bytes out", "dropped in", "dropped out"];

export function DevicePanel({ player, node }: { player: Player; node: number }) {
  const { timeline, position } = player;
  const namespace = timeline.namespaceOf(node);
  const row = timeline.tableAt(namespace, "links", position).find(({ texts }) => texts[LinkColumn.Place] === `${node}`);
  const name = row?.texts[LinkColumn.Name] ?? timeline.name(node);
  if (!row)
    return <><h2>{name} in {timeline.name(namespace)}</h2><p>This device is not there at this moment.</p></>;
  const other = (column: LinkColumn): string => {
    const place = row.texts[column];
    return place ? `${timeline.name(Number(place))} in ${timeline.name(timeline.namespaceOf(Number(place)))}` : "";
  };
  const fields: [string, string][] = LINK_FIELDS.map(([title, column]) => [title, row.texts[column]!]);
  fields.push(["bridge", other(LinkColumn.Master)]);
  fields.push([row.texts[LinkColumn.Kind] === "veth" ? "cable to" : "on top of", other(LinkColumn.Peer)]);
  return (
    <>
      <h2>{name} in {timeline.name(namespace)}</h2>
      <dl class="fields">
        {fields.filter(([, value]) => value).map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}
        {LINK_COUNTERS.map((title, index) => (
          <div key={title}><dt>{title}</dt><dd>{numberText(row.counters[index] ?? 0)}</dd></div>
        ))}
      </dl>
      <Tables player={player} namespace={namespace} device={name} />
    </>
  );
}

export function NamespacePanel({ player, node }: { player: Player; node: number }) {
  return <><h2>{player.timeline.name(node)}</h2><Tables player={player} namespace={node} device="" /></>;
}

/** With a device, what is about it comes first and the rest of its namespace is folded. */
function Tables({ player, namespace, device }: { player: Player; namespace: number; device: string }) {
  const { timeline, position } = player;
  const all = KINDS.map((kind) => ({ kind, rows: timeline.tableAt(namespace, kind.name, position) }));
  const own = all.map(({ kind, rows }) => ({ kind, rows: device ? rows.filter((row) => kind.about(row, device)) : rows }))
    .filter(({ rows }) => rows.length);
  const rest = device ? all.map(({ kind, rows }) => ({ kind, rows: rows.filter((row) => !kind.about(row, device)) }))
    .filter(({ rows }) => rows.length) : [];
  return (
    <>
      {own.map(({ kind, rows }) => <Table key={kind.name} kind={kind} rows={rows} player={player} />)}
      {!own.length && <p>Its tables are empty at this moment.</p>}
      {rest.length > 0 && (
        <details>
          <summary>The rest of {timeline.name(namespace)}</summary>
          {rest.map(({ kind, rows }) => <Table key={kind.name} kind={kind} rows={rows} player={player} />)}
        </details>
      )}
    </>
  );
}

/** Rows of a table that are shown at once. */
const MOST_ROWS = 300;

function Table({ kind, rows, player }: { kind: TableKind; rows: Row[]; player: Player }) {
  const { timeline } = player;
  const now = player.current === -1 ? -1 : timeline.time[player.current]!;
  const sorted = kind.name === "rules" ? [...rows].sort(byChain) : rows;
  const counters = kind.counters.filter((_, index) => rows.some((row) => row.counters[index] !== undefined));
  return (
    <div class="table" tabIndex={0} role="region" aria-label={kind.title}>
      <table>
        <caption>{kind.title}{rows.length > MOST_ROWS && ` (the first ${MOST_ROWS} of ${rows.length})`}</caption>
        <thead><tr>{[...kind.columns, ...counters].map((column, index) => <th key={index} scope="col">{column}</th>)}</tr></thead>
        <tbody>
          {sorted.slice(0, MOST_ROWS).map((row) => (
            <tr key={row.cell} class={row.changed !== NONE && timeline.time[row.changed] === now ? "changed" : ""}>
              {row.texts.slice(0, kind.columns.length).map((text, index) => <td key={index}>{text}</td>)}
              {counters.map((_, index) => <td key={`c${index}`} class="number">{numberText(row.counters[index] ?? 0)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const BUILTIN = ["iptables", "ip6tables", "raw", "mangle", "nat", "filter", "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

/** Built-in tables and chains come first, in the order in which packets pass them. */
function rank(name: string): number {
  const index = BUILTIN.indexOf(name);
  return index === -1 ? BUILTIN.length : index;
}

/** By program, table and chain, then by number. */
function byChain(left: Row, right: Row): number {
  for (const column of [0, 1, 2]) {
    const order = rank(left.texts[column]!) - rank(right.texts[column]!) || left.texts[column]!.localeCompare(right.texts[column]!);
    if (order) return order;
  }
  return Number(left.texts[3]) - Number(right.texts[3]);
}
