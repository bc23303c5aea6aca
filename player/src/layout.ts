// Where everything is drawn.  `layers.ts` places namespaces, their devices and the cables in rows; `hubs.ts` puts
// namespaces into each other, where rows would be too wide.

import type { DrawnLink, Graph } from "./graph";
import { placeHubs } from "./hubs";
import { place, type Edge, type Group, type Placed } from "./layers";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Path = [x: number, y: number][];

export interface Layout {
  width: number;
  height: number;
  boxes: Map<number, Box>;
  paths: Map<DrawnLink, Path>;
}

export const DEVICE_HEIGHT = 40;
export const TITLE = 26, PAD = 12;
const MARGIN = 16;

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
  const hubs = (many: number): Layout => layoutOf(graph, placeHubs(graph, edgesOf(graph), many));
  if (graph.devices.size > LARGE) return better(hubs(BESIDE), () => hubs(BESIDE_OF_MANY));
  return better(layoutOf(graph, place(groupsOf(graph), edgesOf(graph))), () => hubs(BESIDE));
}

/** The first if it can be read, or is the larger one. */
function better(first: Layout, second: () => Layout): Layout {
  if (scaleOf(first) >= SMALL) return first;
  const other = second();
  return scaleOf(other) > scaleOf(first) ? other : first;
}

function layoutOf(graph: Graph, { width, height, boxes, paths }: Placed): Layout {
  const layout: Layout = { width: width + 2 * MARGIN, height: height + 2 * MARGIN, boxes: new Map(), paths: new Map() };
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

function groupsOf(graph: Graph): Group[] {
  return graph.namespaces.map((namespace) => ({
    id: `${namespace.node}`, width: Math.max(110, namespace.label.length * 8 + 40), height: 60,
    nodes: namespace.devices.map((device) => ({ id: `${device.node}`, width: deviceWidth(device), height: DEVICE_HEIGHT })),
  }));
}

/** By their index in the links; from the bridge to its ports, and from ports to what hangs at them. */
function edgesOf(graph: Graph): Map<string, Edge> {
  const ports = new Set(graph.links.filter(({ kind }) => kind === "port").map(({ from }) => from));
  return new Map(graph.links.map(({ kind, from, to }, index) => {
    const turned = kind === "port" || (!ports.has(from) && ports.has(to));
    return [`${index}`, turned ? { from: `${to}`, to: `${from}` } : { from: `${from}`, to: `${to}` }];
  }));
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
