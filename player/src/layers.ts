// Groups of boxes in rows, with paths between the boxes.  dagre (https://github.com/dagrejs/dagre) assigns the rows, their
// order and the places in them; each connected part is laid out alone, and the parts are put beside and below each other.
// The heights of the rows are ours: dagre keeps the same space above a group as below it, and a group has a title.

import { Graph, layout } from "@dagrejs/dagre";
import { PAD, TITLE, type Box, type Path } from "./layout";

export interface Sized {
  id: string;
  width: number;
  height: number;
}

/** A box around `nodes`, at least as large as it says; without nodes, of that size. */
export interface Group extends Sized {
  nodes: Sized[];
}

export interface Edge {
  from: string;
  to: string;
}

export interface Placed {
  width: number;
  height: number;
  boxes: Map<string, Box>;
  paths: Map<string, Path>;
}

const BESIDE = 22, BETWEEN = 30, APART = 28, SHAPE = 1.6;
/** From the corner of a box to the first path. */
const CORNER = 10;
/** Boxes in a part that is laid out at once. */
const MOST = 60;
/** Boxes without edges between them that are one row. */
const ROW = 8;

export function place(groups: Group[], edges: Map<string, Edge>): Placed {
  return packed(parts(groups, edges).map(([some, own]) => placePart(some, own)));
}

/** What is connected, in the order of the groups. */
function parts(groups: Group[], edges: Map<string, Edge>): [Group[], Map<string, Edge>][] {
  const parents = new Map<string, string>();
  const root = (id: string): string => {
    let found = id;
    for (let next = parents.get(found); next !== undefined; next = parents.get(found)) found = next;
    if (found !== id) parents.set(id, found);
    return found;
  };
  const join = (one: string, other: string): void => {
    const [a, b] = [root(one), root(other)];
    if (a !== b) parents.set(b, a);
  };
  for (const group of groups) for (const { id } of group.nodes) join(group.id, id);
  for (const { from, to } of edges.values()) join(from, to);
  const found = new Map<string, [Group[], Map<string, Edge>]>();
  for (const group of groups) {
    const part = found.get(root(group.id)) ?? ([[], new Map()] as [Group[], Map<string, Edge>]);
    part[0].push(group);
    found.set(root(group.id), part);
  }
  for (const [id, edge] of edges) found.get(root(edge.from))![1].set(id, edge);
  return [...found.values()];
}

/** dagre's clusters take long in large graphs, and in some it finds no place for them (NaN): those go group by group. */
function placePart(groups: Group[], edges: Map<string, Edge>): Placed {
  if (groups.reduce((sum, { nodes }) => sum + nodes.length, 0) > MOST) return groupwise(groups, edges);
  try {
    const placed = together(groups, edges);
    if (Number.isFinite(placed.width + placed.height)) return placed;
  } catch { /* dagre looked for the end of an edge at a box without a place */ }
  return groupwise(groups, edges);
}

function together(groups: Group[], edges: Map<string, Edge>): Placed {
  const graph = new Graph({ directed: true, multigraph: true, compound: true });
  graph.setGraph({ rankdir: "TB", nodesep: BESIDE, edgesep: CORNER, ranksep: 2 * BETWEEN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const group of groups) {
    graph.setNode(group.id, { width: group.width, height: group.height });
    for (const [index, { id, width, height }] of group.nodes.entries()) {
      // The first leaves room for the title.
      graph.setNode(id, { width: index ? width : Math.max(width, group.width - 2 * PAD), height });
      graph.setParent(id, group.id);
    }
  }
  for (const [id, { from, to }] of edges) graph.setEdge(from, to, {}, id);
  layout(graph);
  return drawn(groups, edges, graph);
}

function drawn(groups: Group[], edges: Map<string, Edge>, graph: Graph): Placed {
  const boxes = new Map<string, Box>(), paths = new Map<string, Path>();
  const centre = (id: string): { x: number; y: number } => graph.node(id) as { x: number; y: number };
  const rows = rowsOf(groups, centre);
  for (const group of groups) {
    for (const { id, width, height } of group.nodes)
      boxes.set(id, { x: centre(id).x - width / 2, y: rows.at(centre(id).y) - height / 2, width, height });
    boxes.set(group.id, around(group, centre(group.id), (graph.node(group.id) as Sized).width, rows, boxes));
  }
  for (const [id, { from, to }] of edges) {
    const points = (graph.edge({ v: from, w: to, name: id }) as { points: { x: number; y: number }[] }).points;
    paths.set(id, between(boxes.get(from)!, boxes.get(to)!, points.slice(1, -1).map(({ x, y }) => [x, rows.at(y)])));
  }
  return moved(boxes, paths);
}

function around(group: Group, at: { x: number; y: number }, width: number, rows: Rows, boxes: Map<string, Box>): Box {
  if (!group.nodes.length)
    return { x: at.x - group.width / 2, y: rows.at(at.y) - group.height / 2, width: group.width, height: group.height };
  const inside = group.nodes.map(({ id }) => boxes.get(id)!);
  const top = Math.min(...inside.map(({ y }) => y)) - TITLE - PAD;
  const bottom = Math.max(...inside.map(({ y, height }) => y + height)) + PAD;
  const wide = Math.max(width, group.width);
  return { x: at.x - wide / 2, y: top, width: wide, height: bottom - top };
}

// --- group by group --------------------------------------------------------------------------------------------------

/** Each group alone, and then the groups as boxes. */
function groupwise(groups: Group[], edges: Map<string, Edge>): Placed {
  const home = new Map(groups.flatMap(({ id, nodes }) => [[id, id], ...nodes.map((node) => [node.id, id])] as [string, string][]));
  const crossing = new Map<string, Edge>(), within = new Map<string, Map<string, Edge>>();
  for (const [id, { from, to }] of edges) {
    const [a, b] = [home.get(from)!, home.get(to)!];
    if (a !== b) crossing.set(id, { from: a, to: b });
    else within.set(a, (within.get(a) ?? new Map<string, Edge>()).set(id, { from, to }));
  }
  const insides = new Map(groups.map((group) => [group.id, flat(group.nodes, within.get(group.id) ?? new Map())]));
  const whole = flat(groups.map((group) => sized(group, insides.get(group.id)!)), crossing);
  for (const [id, inside] of insides) {
    const { x, y } = whole.boxes.get(id)!;
    const { boxes, paths } = shifted(inside, x + PAD, y + TITLE + PAD);
    for (const [node, box] of boxes) whole.boxes.set(node, box);
    for (const [edge, path] of paths) whole.paths.set(edge, path);
  }
  for (const id of crossing.keys()) {
    const { from, to } = edges.get(id)!;
    whole.paths.set(id, between(whole.boxes.get(from)!, whole.boxes.get(to)!, whole.paths.get(id)!.slice(1, -1)));
  }
  return moved(whole.boxes, whole.paths);
}

export function sized({ id, width, height, nodes }: Group, inside: Placed): Sized {
  if (!nodes.length) return { id, width, height };
  return { id, width: Math.max(width, inside.width + 2 * PAD), height: inside.height + TITLE + 2 * PAD };
}

export function flat(nodes: Sized[], edges: Map<string, Edge>): Placed {
  if (!nodes.length) return { width: 0, height: 0, boxes: new Map(), paths: new Map() };
  if (!edges.size) return lines(nodes, nodes.length > ROW ? SHAPE : Infinity, BESIDE);
  const graph = new Graph({ directed: true, multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: BESIDE, edgesep: CORNER, ranksep: 2 * BETWEEN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const [id, { from, to }] of edges) graph.setEdge(from, to, {}, id);
  layout(graph);
  const groups = nodes.map((node) => ({ ...node, nodes: [] }));
  return drawn(groups, edges, graph);
}

// --- rows ------------------------------------------------------------------------------------------------------------

interface Rows {
  /** Where a height of dagre's is drawn. */
  at: (y: number) => number;
}

/** The same rows, each so far below the one above as the titles and borders between them need. */
function rowsOf(groups: Group[], centre: (id: string) => { y: number }): Rows {
  const heights = new Map<number, number>(), first = new Set<number>(), last = new Set<number>();
  for (const group of groups) {
    const nodes = group.nodes.length ? group.nodes : [group];
    for (const { id, height } of nodes) heights.set(centre(id).y, Math.max(heights.get(centre(id).y) ?? 0, height));
    if (!group.nodes.length) continue;
    first.add(Math.min(...nodes.map(({ id }) => centre(id).y)));
    last.add(Math.max(...nodes.map(({ id }) => centre(id).y)));
  }
  const from = [...heights.keys()].sort((a, b) => a - b), to: number[] = [];
  let below = 0;
  for (const y of from) {
    if (first.has(y)) below += TITLE + PAD;
    to.push(below + heights.get(y)! / 2);
    below += heights.get(y)! + BETWEEN + (last.has(y) ? PAD : 0);
  }
  return { at: (y) => interpolated(from, to, y) };
}

function interpolated(from: number[], to: number[], y: number): number {
  const after = from.findIndex((each) => each >= y);
  if (after === -1) return to[to.length - 1]! + y - from[from.length - 1]!;
  if (after === 0) return to[0]! + y - from[0]!;
  const part = (y - from[after - 1]!) / (from[after]! - from[after - 1]!);
  return to[after - 1]! + part * (to[after]! - to[after - 1]!);
}

// --- paths -----------------------------------------------------------------------------------------------------------

/** From border to border, each end as near to the next point as its box allows. */
export function between(from: Box, to: Box, bends: Path): Path {
  const down = to.y > from.y;
  const target: [number, number] = [to.x + to.width / 2, to.y + to.height / 2];
  const start: [number, number] = [within(from, (bends[0] ?? target)[0]), down ? from.y + from.height : from.y];
  const end: [number, number] = [within(to, (bends[bends.length - 1] ?? start)[0]), down ? to.y : to.y + to.height];
  return [start, ...bends, end];
}

function within({ x, width }: Box, wanted: number): number {
  return Math.max(x + CORNER, Math.min(x + width - CORNER, wanted));
}

// --- parts -----------------------------------------------------------------------------------------------------------

/** With the left and upper corner of everything at 0. */
function moved(boxes: Map<string, Box>, paths: Map<string, Path>): Placed {
  const points = [...paths.values()].flat(), all = [...boxes.values()];
  const left = least([...all.map(({ x }) => x), ...points.map(([x]) => x)]);
  const top = least([...all.map(({ y }) => y), ...points.map(([, y]) => y)]);
  const right = -least([...all.map(({ x, width }) => -x - width), ...points.map(([x]) => -x)]);
  const bottom = -least([...all.map(({ y, height }) => -y - height), ...points.map(([, y]) => -y)]);
  return shifted({ width: right - left, height: bottom - top, boxes, paths }, -left, -top);
}

function least(numbers: number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Infinity);
}

export function shifted(placed: Placed, x: number, y: number): Placed {
  return {
    ...placed,
    boxes: new Map([...placed.boxes].map(([id, box]) => [id, { ...box, x: box.x + x, y: box.y + y }])),
    paths: new Map([...placed.paths].map(([id, path]) => [id, path.map(([px, py]) => [px + x, py + y] as [number, number])])),
  };
}

/** Boxes without paths. */
export function lines(all: Sized[], shape = SHAPE, apart = APART): Placed {
  return packed(all.map(({ id, width, height }) => ({
    width, height, boxes: new Map([[id, { x: 0, y: 0, width, height }]]), paths: new Map<string, Path>(),
  })), shape, apart);
}

/** In lines from left to right, so that the whole is about `shape` times as wide as high. */
export function packed(all: Placed[], shape = SHAPE, apart = APART): Placed {
  const area = all.reduce((sum, { width, height }) => sum + (width + apart) * (height + apart), 0);
  const most = Math.max(Math.sqrt(area * shape), ...all.map(({ width }) => width));
  const whole: Placed = { width: 0, height: 0, boxes: new Map(), paths: new Map() };
  let x = 0, y = 0;
  for (const part of all) {
    if (x && x + part.width > most) [x, y] = [0, whole.height + apart];
    const { boxes, paths } = shifted(part, x, y);
    for (const [id, box] of boxes) whole.boxes.set(id, box);
    for (const [id, path] of paths) whole.paths.set(id, path);
    whole.width = Math.max(whole.width, x + part.width);
    whole.height = Math.max(whole.height, y + part.height);
    x += part.width + apart;
  }
  return whole;
}
