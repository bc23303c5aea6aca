// Where everything is drawn.  `layers.ts` places namespaces, their devices and the cables; many namespaces that hang at
// one bridge by a single cable each are a block of cells, because a row of a hundred boxes cannot be read.  In a block,
// the port of the bridge is drawn above the namespace at the other end of its cable.

import type { DrawnDevice, DrawnLink, DrawnNamespace, Graph } from "./graph";
import { placeHubs } from "./hubs";
import { place, type Edge, type Group, type Placed } from "./layers";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Path = [x: number, y: number][];

export interface Block extends Box {
  bridge: number;
  /** Lines from the bridge to the ports. */
  rails: Path[];
}

export interface Layout {
  width: number;
  height: number;
  boxes: Map<number, Box>;
  paths: Map<DrawnLink, Path>;
  blocks: Block[];
}

export const DEVICE_HEIGHT = 40;
export const TITLE = 26, PAD = 12;
const GAP = 14, MARGIN = 16;
/** From so many on, namespaces at one bridge are a block. */
const MANY = 9;

/** Widths of a character of a name, and of one of an address. */
const NAME = 8, ADDRESS = 6.7;
/** A longer address is cut. */
const LONGEST = 26;

export function deviceWidth(device: { name: string; kind: string; address?: number }): number {
  const least = device.kind === "bridge" ? 150 : 112;
  return Math.max(least, device.name.length * NAME + 24, Math.min(device.address ?? 0, LONGEST) * ADDRESS + 8);
}

/** An address as far as it can be read in a box. */
export function fitting(address: string, { width }: Box): string {
  const most = Math.floor((width - 6) / ADDRESS);
  return address.length > most ? `${address.slice(0, most - 1)}…` : address;
}

interface Leaf {
  namespace: DrawnNamespace;
  device: DrawnDevice;
  port: DrawnDevice;
  cable: DrawnLink;
}

/** Namespaces with one device, whose cable ends in a port of a bridge, by the bridge. */
function leaves(graph: Graph): Map<number, Leaf[]> {
  const found = new Map<number, Leaf[]>();
  const cables = new Map<number, DrawnLink[]>();
  for (const link of graph.links)
    for (const end of [link.from, link.to])
      if (link.kind === "cable") cables.set(end, [...(cables.get(end) ?? []), link]);
  const masters = new Map<number, Set<number>>();
  for (const link of graph.links)
    if (link.kind !== "cable") masters.set(link.from, (masters.get(link.from) ?? new Set()).add(link.to));
  for (const namespace of graph.namespaces) {
    const connected = namespace.devices.filter(({ name }) => name !== "lo");
    const device = connected[0], own = device ? (cables.get(device.node) ?? []) : [];
    if (connected.length !== 1 || !device || own.length !== 1 || masters.has(device.node)) continue;
    const cable = own[0]!;
    const port = graph.devices.get(cable.from === device.node ? cable.to : cable.from)!;
    const bridges = [...(masters.get(port.node) ?? [])];
    if (port.namespace === namespace.node || bridges.length !== 1 || (cables.get(port.node) ?? []).length !== 1) continue;
    const leaf = { namespace, device, port, cable };
    found.set(bridges[0]!, [...(found.get(bridges[0]!) ?? []), leaf]);
  }
  for (const [bridge, all] of found) if (all.length < MANY) found.delete(bridge);
  return found;
}

/** How much of its size a picture has in a window of usual size. */
const SIZE = { width: 1000, height: 700 };
const scaleOf = ({ width, height }: { width: number; height: number }): number => Math.min(SIZE.width / width, SIZE.height / height);
/** What is smaller cannot be read. */
const SMALL = 0.5;
/** Devices of a network for which rows are not tried: they would take long, and be a strip. */
const LARGE = 40;
/** How many namespaces at another one are drawn in its box. */
const BESIDE = 4, BESIDE_OF_MANY = 2;

export function layOut(graph: Graph): Layout {
  const hubs = (many: number): Layout => layoutOf(graph, placeHubs(graph, edgesOf(graph, new Set()), many));
  if (graph.devices.size > LARGE) return better(hubs(BESIDE), () => hubs(BESIDE_OF_MANY));
  return better(inRows(graph), () => hubs(BESIDE));
}

/** The first if it can be read, or is the larger one. */
function better(first: Layout, second: () => Layout): Layout {
  if (scaleOf(first) >= SMALL) return first;
  const other = second();
  return scaleOf(other) > scaleOf(first) ? other : first;
}

function layoutOf(graph: Graph, { width, height, boxes, paths }: Placed): Layout {
  const layout: Layout = { width: width + 2 * MARGIN, height: height + 2 * MARGIN, boxes: new Map(), paths: new Map(), blocks: [] };
  for (const [id, box] of boxes) layout.boxes.set(Number(id), { ...box, x: box.x + MARGIN, y: box.y + MARGIN });
  graph.links.forEach((link, index) => {
    const path = paths.get(`${index}`)?.map(([x, y]) => [x + MARGIN, y + MARGIN] as [number, number]);
    layout.paths.set(link, path ? fromTo(path, layout.boxes.get(link.from)!) : straight(layout, link));
  });
  return layout;
}

/** The path from the box, whichever end it begins with. */
function fromTo(path: Path, box: Box): Path {
  const off = ([x, y]: [number, number]): number =>
    Math.hypot(Math.max(box.x - x, 0, x - box.x - box.width), Math.max(box.y - y, 0, y - box.y - box.height));
  return off(path[0]!) <= off(path[path.length - 1]!) ? path : path.reverse();
}

function inRows(graph: Graph): Layout {
  const blocks = leaves(graph);
  const inBlocks = new Set([...blocks.values()].flat().flatMap(({ namespace, port }) => [namespace.node, port.node]));
  const layout: Layout = { width: 0, height: 0, boxes: new Map(), paths: new Map(), blocks: [] };
  const edges = edgesOf(graph, inBlocks);
  for (const bridge of blocks.keys()) edges.set(`block ${bridge}`, { from: `${bridge}`, to: `block ${bridge}` });
  const placed = place(groupsOf(graph, blocks, inBlocks), edges);
  layout.width = placed.width + 2 * MARGIN;
  layout.height = placed.height + 2 * MARGIN;
  for (const [id, { x, y, width, height }] of placed.boxes) {
    const box = { x: x + MARGIN, y: y + MARGIN, width, height };
    if (id.startsWith("block ")) layout.blocks.push({ ...box, bridge: Number(id.slice(6)), rails: [] });
    else layout.boxes.set(Number(id), box);
  }
  for (const [id, points] of placed.paths) {
    const path: Path = points.map(([x, y]) => [x + MARGIN, y + MARGIN]);
    const link = graph.links[Number(id)];
    if (link) layout.paths.set(link, edges.get(id)!.from === `${link.from}` ? path : path.reverse());
    else layout.blocks.find(({ bridge }) => id === `block ${bridge}`)!.rails.push(path);
  }
  for (const [bridge, all] of blocks) fill(layout, bridge, all);
  for (const link of graph.links)
    if (!layout.paths.has(link)) layout.paths.set(link, straight(layout, link));
  return layout;
}

/** Namespaces with their devices, and each block as a group of its own. */
function groupsOf(graph: Graph, blocks: Map<number, Leaf[]>, inBlocks: Set<number>): Group[] {
  const groups: Group[] = graph.namespaces.filter(({ node }) => !inBlocks.has(node)).map((namespace) => ({
    id: `${namespace.node}`, width: Math.max(110, namespace.label.length * 8 + 40), height: 60,
    nodes: namespace.devices.filter(({ node }) => !inBlocks.has(node)).map((device) => ({
      id: `${device.node}`, width: deviceWidth(device), height: DEVICE_HEIGHT,
    })),
  }));
  for (const [bridge, all] of blocks) groups.push({ id: `block ${bridge}`, ...blockSize(all), nodes: [] });
  return groups;
}

/** By their index in the links; from the bridge to its ports, and from ports to what hangs at them. */
function edgesOf(graph: Graph, inBlocks: Set<number>): Map<string, Edge> {
  const ports = new Set(graph.links.filter(({ kind }) => kind === "port").map(({ from }) => from));
  const edges = new Map<string, Edge>();
  graph.links.forEach((link, index) => {
    if (inBlocks.has(link.from) || inBlocks.has(link.to)) return;
    const turned = link.kind === "port" || (!ports.has(link.from) && ports.has(link.to));
    const [from, to] = turned ? [link.to, link.from] : [link.from, link.to];
    edges.set(`${index}`, { from: `${from}`, to: `${to}` });
  });
  return edges;
}

// --- blocks --------------------------------------------------------------------------------------------------------

const CABLE = 16, RAIL = 18;

function cellSize(all: Leaf[]): { width: number; height: number } {
  const widest = all.map(({ namespace, device, port }) =>
    Math.max(namespace.label.length * 8 + 24, deviceWidth(device) + 2 * 8, deviceWidth(port)));
  return { width: Math.max(...widest), height: RAIL + DEVICE_HEIGHT + CABLE + TITLE + DEVICE_HEIGHT + 10 };
}

function columnsOf(all: Leaf[]): number {
  const { width, height } = cellSize(all);
  return Math.max(1, Math.min(all.length, Math.ceil(Math.sqrt((all.length * height * 1.7) / width))));
}

function blockSize(all: Leaf[]): { width: number; height: number } {
  const { width, height } = cellSize(all), columns = columnsOf(all);
  const rows = Math.ceil(all.length / columns);
  return { width: RAIL + columns * (width + GAP), height: rows * (height + GAP) };
}

function fill(layout: Layout, bridge: number, all: Leaf[]): void {
  const block = layout.blocks.find((each) => each.bridge === bridge)!;
  const { width, height } = cellSize(all), columns = columnsOf(all);
  const spine = block.x + RAIL / 2;
  const entry = block.rails[0]?.[block.rails[0].length - 1] ?? [spine, block.y];
  let bottom = block.y;
  all.forEach(({ namespace, device, port, cable }, index) => {
    const x = block.x + RAIL + (index % columns) * (width + GAP);
    const y = block.y + Math.floor(index / columns) * (height + GAP);
    const middle = x + width / 2, top = y + RAIL;
    const portWidth = deviceWidth(port), ownWidth = deviceWidth(device);
    layout.boxes.set(port.node, { x: middle - portWidth / 2, y: top, width: portWidth, height: DEVICE_HEIGHT });
    const below = top + DEVICE_HEIGHT + CABLE;
    layout.boxes.set(namespace.node, { x, y: below, width, height: TITLE + DEVICE_HEIGHT + 10 });
    const own = { x: middle - ownWidth / 2, y: below + TITLE, width: ownWidth, height: DEVICE_HEIGHT };
    layout.boxes.set(device.node, own);
    const line: Path = [[middle, top + DEVICE_HEIGHT], [middle, own.y]];
    layout.paths.set(cable, cable.from === port.node ? line : line.reverse());
    block.rails.push([[middle, y + RAIL / 3], [middle, top]]);
    if (index % columns === 0) {
      const last = Math.min(all.length - index, columns) - 1;
      block.rails.push([[spine, y + RAIL / 3], [middle + last * (width + GAP), y + RAIL / 3]]);
      bottom = y + RAIL / 3;
    }
  });
  block.rails.push([entry as [number, number], [entry[0], block.y + RAIL / 3], [spine, block.y + RAIL / 3], [spine, bottom]]);
}

function straight(layout: Layout, link: DrawnLink): Path {
  const from = layout.boxes.get(link.from), to = layout.boxes.get(link.to);
  if (!from || !to) return [];
  return [[from.x + from.width / 2, from.y + from.height / 2], [to.x + to.width / 2, to.y + to.height / 2]];
}

/** The point after a part (0 to 1) of a path's length. */
export function along(path: Path, part: number): [number, number] {
  let total = 0;
  for (let index = 1; index < path.length; index++) total += distance(path[index - 1]!, path[index]!);
  let left = total * part;
  for (let index = 1; index < path.length; index++) {
    const length = distance(path[index - 1]!, path[index]!);
    if (left <= length && length)
      return [
        path[index - 1]![0] + ((path[index]![0] - path[index - 1]![0]) * left) / length,
        path[index - 1]![1] + ((path[index]![1] - path[index - 1]![1]) * left) / length,
      ];
    left -= length;
  }
  return path[path.length - 1] ?? [0, 0];
}

function distance(from: [number, number], to: [number, number]): number {
  return Math.hypot(to[0] - from[0], to[1] - from[1]);
}
