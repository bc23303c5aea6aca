// Wide networks: a namespace to which many others are connected and to which alone they are is drawn as a box that holds
// them, each below the port at the other end of its cable.  The ports of one bridge are together below the bridge.  So a
// host with thirty containers has about the shape of a page, where rows would have that of a strip.

import type { DrawnDevice, DrawnLink, DrawnNamespace, Graph } from "./graph";
import { between, flat, lines, packed, place, shifted, sized, type Edge, type Group, type Placed } from "./layers";
import { DEVICE_HEIGHT, deviceWidth, PAD, TITLE, type Path } from "./layout";

const GAP = 14, RAIL = 18, CABLE = 16;
/** Beyond these, what rows make of the boxes is put in lines one below the other. */
const WIDEST = 2.5, HIGHEST = 1.6;
/** Boxes for which rows are tried. */
const MOST = 24;

interface Cable {
  link: DrawnLink;
  /** In the hub. */
  port: DrawnDevice;
  /** In the namespace that is drawn in it. */
  device: DrawnDevice;
}

/** The number of each link, and that of the link of a port to its bridge. */
interface Numbers {
  of: Map<DrawnLink, number>;
  ofPort: Map<string, number>;
  /** The links inside each namespace. */
  within: Map<number, DrawnLink[]>;
}

/** What is drawn in the box of a hub, below its bridge (`NONE`: without one). */
interface Section {
  bridge: DrawnDevice | null;
  cells: Cell[];
}

interface Cell {
  placed: Placed;
  ports: DrawnDevice[];
}

function numbered(graph: Graph): Numbers {
  const found: Numbers = { of: new Map(), ofPort: new Map(), within: new Map() };
  graph.links.forEach((link, index) => {
    const { kind, from, to } = link, own = graph.devices.get(from)!.namespace;
    found.of.set(link, index);
    if (kind === "port") found.ofPort.set(`${from} ${to}`, index);
    if (graph.devices.get(to)!.namespace === own) found.within.set(own, [...(found.within.get(own) ?? []), link]);
  });
  return found;
}

const empty = (): Placed => ({ width: 0, height: 0, boxes: new Map(), paths: new Map() });
const id = ({ node }: { node: number }): string => `${node}`;

/** From `many` on, the namespaces at another one are drawn in its box. */
export function placeHubs(graph: Graph, edges: Map<string, Edge>, many: number): Placed {
  const held = holders(graph, many), numbers = numbered(graph);
  const inHubs = new Set([...held.values()].flatMap((cables) => [...cables.keys()]));
  const units = graph.namespaces.filter((namespace) => !inHubs.has(namespace));
  const insides = new Map(units.map((namespace) => {
    const cables = held.get(namespace);
    return [id(namespace), cables ? hub(numbers, namespace, cables) : alone(numbers, namespace)] as const;
  }));
  const home = new Map(units.flatMap((namespace) => [...insides.get(id(namespace))!.boxes.keys()].map((key) => [key, id(namespace)] as const)));
  const crossing = new Map([...edges].map(([key, { from, to }]) => [key, { from: home.get(from)!, to: home.get(to)! }] as const)
    .filter(([, { from, to }]) => from !== to));
  const groups = units.map((namespace) => ({ ...sized(groupOf(namespace), insides.get(id(namespace))!), nodes: [] }));
  const whole = arranged(groups, crossing);
  for (const [unit, inside] of insides) {
    const { x, y } = whole.boxes.get(unit)!;
    const { boxes, paths } = shifted(inside, x + PAD, y + TITLE + PAD);
    for (const [key, box] of boxes) whole.boxes.set(key, box);
    for (const [key, path] of paths) whole.paths.set(key, path);
  }
  for (const [key, { from, to }] of edges) {
    const bends = whole.paths.get(key);
    if (crossing.has(key) || !bends) whole.paths.set(key, between(whole.boxes.get(from)!, whole.boxes.get(to)!, bends?.slice(1, -1) ?? []));
  }
  return whole;
}

function groupOf(namespace: DrawnNamespace) {
  return {
    id: id(namespace), width: Math.max(110, namespace.label.length * 8 + 40), height: 60,
    nodes: namespace.devices.map((device) => ({ id: id(device), width: deviceWidth(device), height: DEVICE_HEIGHT })),
  };
}

/** In rows, unless that is a strip. */
function arranged(groups: Group[], edges: Map<string, Edge>): Placed {
  if (groups.length > MOST) return lines(groups);
  const placed = place(groups, edges), ratio = placed.width / placed.height;
  return groups.length < 4 || (ratio < WIDEST && ratio > 1 / HIGHEST) ? placed : lines(groups);
}

// --- who holds whom --------------------------------------------------------------------------------------------------

/** Hubs with the namespaces in them, and the cables of each. */
function holders(graph: Graph, many: number): Map<DrawnNamespace, Map<DrawnNamespace, Cable[]>> {
  const namespaces = new Map(graph.namespaces.map((namespace) => [namespace.node, namespace]));
  const cables = new Map<DrawnNamespace, Map<DrawnNamespace, Cable[]>>();
  const add = (link: DrawnLink, device: DrawnDevice, port: DrawnDevice): void => {
    const [own, other] = [namespaces.get(device.namespace)!, namespaces.get(port.namespace)!];
    const others = cables.get(own) ?? new Map<DrawnNamespace, Cable[]>();
    cables.set(own, others.set(other, [...(others.get(other) ?? []), { link, port, device }]));
  };
  for (const link of graph.links) {
    const [from, to] = [graph.devices.get(link.from)!, graph.devices.get(link.to)!];
    if (from.namespace === to.namespace) continue;
    add(link, from, to);
    add(link, to, from);
  }
  const found = new Map<DrawnNamespace, Map<DrawnNamespace, Cable[]>>();
  for (const [own, others] of cables) {
    const [first] = others;
    if (others.size !== 1 || !first) continue;
    found.set(first[0], (found.get(first[0]) ?? new Map<DrawnNamespace, Cable[]>()).set(own, first[1]));
  }
  for (const [hub, all] of found) if (all.size < many) found.delete(hub);
  for (const all of found.values()) for (const own of all.keys()) if (found.has(own)) all.delete(own);
  return found;
}

// --- a namespace -----------------------------------------------------------------------------------------------------

/** A namespace without what surrounds it. */
function alone({ of, within }: Numbers, namespace: DrawnNamespace): Placed {
  const edges = (within.get(namespace.node) ?? []).map((link): [string, Edge] => {
    const [from, to] = link.kind === "cable" ? [link.from, link.to] : [link.to, link.from];
    return [`${of.get(link)}`, { from: `${from}`, to: `${to}` }];
  });
  return flat(groupOf(namespace).nodes, new Map(edges));
}

function hub(numbers: Numbers, namespace: DrawnNamespace, held: Map<DrawnNamespace, Cable[]>): Placed {
  const own = new Map(namespace.devices.map((device) => [device.node, device]));
  const masters = new Map<number, number>();
  for (const { kind, from, to } of numbers.within.get(namespace.node) ?? []) if (kind === "port" && own.get(to)?.kind === "bridge") masters.set(from, to);
  const sections = new Map<number, Section>();
  const sectionOf = (bridge: number): Section => {
    const known = sections.get(bridge) ?? { bridge: own.get(bridge) ?? null, cells: [] };
    sections.set(bridge, known);
    return known;
  };
  const NO_BRIDGE = -1, masterOf = ({ node }: DrawnDevice): number => masters.get(node) ?? NO_BRIDGE;
  const done = new Set<number>();
  for (const [inside, cables] of held) {
    const first = masterOf(cables[0]!.port);
    const near = cables.filter(({ port }) => masterOf(port) === first);
    sectionOf(first).cells.push(cell(numbers, inside, near));
    for (const { port } of near) done.add(port.node);
  }
  const bridges = new Set(masters.values());
  for (const device of namespace.devices)
    if (!done.has(device.node) && !bridges.has(device.node)) sectionOf(masterOf(device)).cells.push(stub(device));
  return packed([...sections.values()].map((section) => sectionPlaced(numbers, section)));
}

/** A namespace below the ports at the other ends of its cables. */
function cell(numbers: Numbers, namespace: DrawnNamespace, cables: Cable[]): Cell {
  const inside = alone(numbers, namespace), { width, height } = sized(groupOf(namespace), inside);
  // The ports in the order of the devices below them.
  const ordered = [...cables].sort((a, b) => inside.boxes.get(id(a.device))!.x - inside.boxes.get(id(b.device))!.x);
  const ports = [...new Set(ordered.map(({ port }) => port))];
  const row = ports.reduce((sum, port) => sum + deviceWidth(port) + GAP, -GAP), most = Math.max(width, row);
  const left = (most - width) / 2, top = RAIL + DEVICE_HEIGHT + CABLE;
  const placed = shifted(inside, left + (width - inside.width) / 2, top + TITLE + PAD);
  placed.boxes.set(id(namespace), { x: left, y: top, width, height });
  let x = (most - row) / 2;
  for (const port of ports) {
    placed.boxes.set(id(port), { x, y: RAIL, width: deviceWidth(port), height: DEVICE_HEIGHT });
    x += deviceWidth(port) + GAP;
  }
  for (const { link, port, device } of cables)
    placed.paths.set(`${numbers.of.get(link)}`, between(placed.boxes.get(id(port))!, placed.boxes.get(id(device))!, []));
  return { placed: { ...placed, width: most, height: top + height }, ports };
}

/** A device without a namespace below it. */
function stub(device: DrawnDevice): Cell {
  const box = { x: 0, y: RAIL, width: deviceWidth(device), height: DEVICE_HEIGHT };
  return { placed: { ...empty(), width: box.width, height: RAIL + DEVICE_HEIGHT, boxes: new Map([[id(device), box]]) }, ports: [device] };
}

// --- the ports of a bridge -------------------------------------------------------------------------------------------

function sectionPlaced(numbers: Numbers, { bridge, cells }: Section): Placed {
  const ordered = [...cells].sort((a, b) => b.placed.height - a.placed.height);
  const area = cells.reduce((sum, { placed: { width, height } }) => sum + (width + GAP) * (height + GAP), 0);
  const most = Math.max(Math.sqrt(area * 1.6), ...cells.map(({ placed }) => placed.width));
  const found = empty(), left = bridge ? RAIL : 0;
  let x = left, y = bridge ? DEVICE_HEIGHT : 0, below = y;
  if (bridge) found.boxes.set(id(bridge), { x: 0, y: 0, width: deviceWidth(bridge), height: DEVICE_HEIGHT });
  for (const { placed, ports } of ordered) {
    if (x > left && x - left + placed.width > most) [x, y] = [left, below];
    const { boxes, paths } = shifted(placed, x, y);
    for (const [key, box] of boxes) found.boxes.set(key, box);
    for (const [key, path] of paths) found.paths.set(key, path);
    if (bridge) for (const port of ports) rail(numbers, found, bridge, port, y + RAIL / 3);
    x += placed.width + GAP;
    found.width = Math.max(found.width, x - GAP);
    below = Math.max(below, y + placed.height + GAP);
  }
  found.width = Math.max(found.width, bridge ? deviceWidth(bridge) : 0);
  found.height = below - GAP;
  return found;
}

/** Down beside the ports, and along above them. */
function rail({ ofPort }: Numbers, found: Placed, bridge: DrawnDevice, port: DrawnDevice, y: number): void {
  const index = ofPort.get(`${port.node} ${bridge.node}`);
  const { x, width, y: top } = found.boxes.get(id(port))!, middle = x + width / 2;
  const path: Path = [[RAIL / 2, DEVICE_HEIGHT], [RAIL / 2, y], [middle, y], [middle, top]];
  if (index !== undefined) found.paths.set(`${index}`, path);
}
