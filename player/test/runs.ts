// Random runs in the format of vnetsim, with a plain model beside them: the state of all tables after every item.

import fc from "fast-check";
import { FORMAT, Kind, NONE, type Chunk } from "../src/format";

export interface Run {
  chunk: Chunk;
  /** The row and the counters of each cell after so many items; no entry for a cell without a row. */
  states: Map<number, { row: number; counters: number[] }>[];
}

const CELLS = 6, ROWS = 4;

const change = fc.record({ cell: fc.nat(CELLS - 1), row: fc.integer({ min: -1, max: ROWS - 1 }) });
const growth = fc.record({ counter: fc.nat(CELLS * 2 - 1), grown: fc.integer({ min: -3, max: 9 }) });
const item = fc.record({
  kind: fc.constantFrom(Kind.Transmitted, Kind.Received, Kind.Filtered, Kind.Dropped, Kind.Changes, Kind.Changes, Kind.Begin),
  after: fc.constantFrom(0, 0, 1000, 5000, 1_000_000_000),
  packet: fc.integer({ min: 1, max: 3 }),
  changes: fc.array(change, { maxLength: 3 }),
  growths: fc.array(growth, { maxLength: 3 }),
});

export function empty(): Chunk {
  return {
    format: FORMAT, title: "random", begins: 0,
    texts: ["links", ...Array.from({ length: CELLS }, (_, cell) => `key ${cell}`),
      ...Array.from({ length: ROWS }, (_, row) => `row ${row}`), "text"],
    nodes: [["host", NONE, "host"], ["device", 0, "v0"]], tables: [[0, 0]],
    cells: Array.from({ length: CELLS }, (_, cell) => [0, 1 + cell] as [number, number]),
    rows: Array.from({ length: ROWS }, (_, row) => [1 + CELLS + row]),
    counters: Array.from({ length: CELLS * 2 }, (_, counter) => [counter >> 1, counter % 2] as [number, number]),
    layers: [[0]], frames: [["00", 0, [[0, 1]]]], commands: [], ended: [], unheard: [], rowChanges: [], counterChanges: [],
    kind: [], after: [], node: [], packet: [], first: [], second: [], leftOut: 0, cutAt: null, limit: 1000,
  };
}

export const runs: fc.Arbitrary<Run> = fc.array(item, { maxLength: 40 }).map((items) => {
  const chunk = empty();
  const rows = new Map<number, number>(), counts: number[] = Array.from({ length: CELLS * 2 }, () => 0);
  const snapshot = (): Run["states"][number] =>
    new Map([...rows].sort(([a], [b]) => a - b).map(([cell, row]) =>
      [cell, { row, counters: [counts[2 * cell]!, counts[2 * cell + 1]!] }]));
  const states = [snapshot()];
  const sent = new Map<number, number>();
  items.forEach(({ kind, after, packet, changes, growths }, index) => {
    let first = 0, second = NONE;
    if (kind === Kind.Changes) {
      // As the recorder writes them: a cell changes once at most at a time.
      const once = [...new Map(changes.map((each) => [each.cell, each])).values()];
      const grows = [...new Map(growths.map((each) => [each.counter, each])).values()];
      first = once.length;
      second = grows.length;
      for (const { cell, row } of once) {
        chunk.rowChanges.push(cell, row);
        if (row === NONE) rows.delete(cell);
        else rows.set(cell, row);
      }
      for (const { counter, grown } of grows) {
        chunk.counterChanges.push(counter, grown);
        counts[counter]! += grown;
      }
    } else if (kind === Kind.Begin) {
      first = chunk.commands.length;
      chunk.commands.push([`command ${first}`, 0]);
    } else if (kind === Kind.Transmitted) sent.set(packet, index);
    else if (kind === Kind.Received) {
      second = sent.get(packet) ?? NONE;
      sent.delete(packet);
    } else if (kind === Kind.Dropped) second = 0;
    chunk.kind.push(kind);
    chunk.after.push(after);
    chunk.node.push(kind === Kind.Changes || kind === Kind.Begin ? NONE : 1);
    chunk.packet.push(packet);
    chunk.first.push(first);
    chunk.second.push(second);
    states.push(snapshot());
  });
  return { chunk, states };
});
