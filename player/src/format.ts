// What vnetsim writes (src/vnetsim/views/player/timeline.py): items as columns, everything else once and by its index.

export const FORMAT = 1;
export const NONE = -1;

export enum Kind {
  Made, Transmitted, Received, Filtered, Routed, Waiting, Delivered, Dropped, Changes, Begin, End,
}

/** A namespace or a device: its kind, the node that holds it, its name when it was first seen. */
export type NodeEntry = [kind: "host" | "namespace" | "device", parent: number, label: string];
/** The index of a layer in `layers`, and the length of its header in bytes. */
export type FrameLayer = [layer: number, length: number];
export type FrameEntry = [hex: string, summary: number, layers: FrameLayer[]];

export interface Chunk {
  format: number;
  title: string;
  begins: number;
  texts: string[];
  nodes: NodeEntry[];
  tables: [node: number, name: number][];
  cells: [table: number, key: number][];
  rows: number[][];
  counters: [cell: number, which: number][];
  layers: number[][];
  frames: FrameEntry[];
  commands: [line: string, depth: number][];
  ended: [command: number, output: string, status: number][];
  /** Items: drops of packets to a group that nobody there listens to. */
  unheard: number[];
  rowChanges: number[];
  counterChanges: number[];
  kind: number[];
  after: number[];
  node: number[];
  packet: number[];
  first: number[];
  second: number[];
  leftOut: number;
  cutAt: number | null;
  limit: number;
}
