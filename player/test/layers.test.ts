// Laws of the picture, over random groups, boxes and edges.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { place, type Edge, type Group } from "../src/layers";
import { PAD, TITLE, type Box } from "../src/layout";

const sizes = fc.record({ width: fc.integer({ min: 112, max: 220 }), height: fc.constant(40) });
const groups: fc.Arbitrary<Group[]> = fc.array(
  fc.record({ width: fc.integer({ min: 110, max: 500 }), boxes: fc.array(sizes, { maxLength: 5 }) }), { minLength: 1, maxLength: 8 },
).map((all) => all.map(({ width, boxes }, index) => ({
  id: `g${index}`, width, height: 60, nodes: boxes.map((box, number) => ({ id: `n${index}.${number}`, ...box })),
})));
const runs = groups.chain((all) => {
  const nodes = all.flatMap(({ nodes }) => nodes.map(({ id }) => id));
  const pair = fc.tuple(fc.nat(Math.max(0, nodes.length - 1)), fc.nat(Math.max(0, nodes.length - 1)));
  return fc.tuple(fc.constant(all), fc.array(pair, { maxLength: nodes.length ? 12 : 0 }).map((pairs) => new Map<string, Edge>(
    pairs.filter(([a, b]) => a !== b).map(([a, b], index) => [`${index}`, { from: nodes[a]!, to: nodes[b]! }]),
  )));
});

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x + 0.01 || b.x + b.width <= a.x + 0.01 || a.y + a.height <= b.y + 0.01 || b.y + b.height <= a.y + 0.01;
const on = ([x, y]: [number, number], box: Box): boolean =>
  x >= box.x && x <= box.x + box.width && (Math.abs(y - box.y) < 0.01 || Math.abs(y - box.y - box.height) < 0.01);

function holds(all: Group[], edges: Map<string, Edge>): void {
  const { boxes, width, height } = place(all, edges);
  all.forEach((group, index) => {
    const own = boxes.get(group.id)!;
    expect(own.width).toBeGreaterThanOrEqual(group.width - 0.01);
    expect(own.x >= -0.01 && own.y >= -0.01 && own.x + own.width <= width + 0.01 && own.y + own.height <= height + 0.01).toBe(true);
    for (const other of all.slice(index + 1)) expect(apart(own, boxes.get(other.id)!)).toBe(true);
    group.nodes.forEach(({ id }, number) => {
      const box = boxes.get(id)!;
      expect(box.x - own.x >= 0 && box.y - own.y >= TITLE + PAD - 0.01).toBe(true);
      expect(own.x + own.width - box.x - box.width >= 0 && own.y + own.height - box.y - box.height >= PAD - 0.01).toBe(true);
      for (const other of group.nodes.slice(number + 1)) expect(apart(box, boxes.get(other.id)!)).toBe(true);
    });
  });
}

describe("place", () => {
  it("keeps groups apart from each other, and boxes apart inside their group below its title", () => {
    fc.assert(fc.property(runs, ([all, edges]) => holds(all, edges)), { numRuns: 100 });
  });

  it("draws each edge from the border of its one end to that of the other", () => {
    fc.assert(fc.property(runs, ([all, edges]) => {
      const { boxes, paths } = place(all, edges);
      expect([...paths.keys()].sort()).toEqual([...edges.keys()].sort());
      for (const [id, path] of paths) {
        const { from, to } = edges.get(id)!;
        expect(on(path[0]!, boxes.get(from)!) && on(path[path.length - 1]!, boxes.get(to)!)).toBe(true);
      }
    }), { numRuns: 100 });
  });

  it("holds as well in networks that are too large for clusters", () => {
    for (const count of [20, 50]) {
      const all = Array.from({ length: count }, (_, group) => ({
        id: `g${group}`, width: 110, height: 60,
        nodes: [0, 1, 2].map((node) => ({ id: `n${group}.${node}`, width: 112, height: 40 })),
      }));
      const edges = new Map<string, Edge>(all.flatMap((_, group) => [
        [`a${group}`, { from: `n${group}.0`, to: `n${(group * 7 + 3) % count}.1` }],
        [`b${group}`, { from: `n${group >> 1}.${group % 3}`, to: `n${group}.${(group + 1) % 3}` }],
      ]));
      holds(all, edges);
    }
  });

  it("puts what hangs below into the row below, and says the same each time", () => {
    const bridge = { id: "br", width: 150, height: 40 }, port = { id: "v", width: 112, height: 40 };
    const all = [{ id: "host", width: 110, height: 60, nodes: [bridge, port] }, { id: "alone", width: 110, height: 60, nodes: [] }];
    const edges = new Map([["0", { from: "br", to: "v" }]]);
    const { boxes } = place(all, edges);
    expect(boxes.get("v")!.y).toBeGreaterThan(boxes.get("br")!.y + 40);
    expect(place(all, edges)).toEqual(place(all, edges));
    expect(place([], new Map())).toMatchObject({ width: 0, height: 0 });
  });
});
