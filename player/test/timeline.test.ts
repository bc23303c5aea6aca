import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Clock, beats } from "../src/clock";
import { Kind, NONE, type Chunk } from "../src/format";
import { Player, type StepBy } from "../src/player";
import { Timeline } from "../src/timeline";
import { empty, runs, type Run } from "./runs";

function played({ chunk }: Run): Player {
  const player = new Player();
  player.append(chunk);
  return player;
}

function state(timeline: Timeline, position: number): unknown {
  return timeline.tableAt(0, "links", position).map(({ cell, texts, counters }) => [cell, texts, counters]);
}

function expected(run: Run, position: number): unknown {
  return [...run.states[position]!].map(([cell, { row, counters }]) => [cell, [`row ${row}`], counters]);
}

describe("the state at a position", () => {
  test("is what playing everything before it gives, in any order of looking", () => {
    fc.assert(fc.property(runs, fc.array(fc.nat(40), { minLength: 1 }), (run, looks) => {
      const { timeline } = played(run);
      for (const look of looks) {
        const position = Math.min(look, timeline.length);
        expect(state(timeline, position)).toEqual(expected(run, position));
      }
    }));
  });

  test("does not depend on how the items came: at once, or in chunks", () => {
    fc.assert(fc.property(runs, fc.nat(40), (run, at) => {
      const [one, other] = split(run.chunk, at);
      const timeline = new Timeline();
      timeline.append(one);
      timeline.append(other);
      const whole = played(run).timeline;
      for (let position = 0; position <= whole.length; position++)
        expect(state(timeline, position)).toEqual(state(whole, position));
      expect(timeline.stops).toEqual(whole.stops);
      expect(timeline.hops).toEqual(whole.hops);
    }));
  });
});

/** The chunk as two: everything but the items is in the first one. */
function split(chunk: Chunk, at: number): [Chunk, Chunk] {
  let rows = 0, counters = 0;
  chunk.kind.slice(0, at).forEach((kind, index) => {
    if (kind !== Kind.Changes) return;
    rows += 2 * chunk.first[index]!;
    counters += 2 * chunk.second[index]!;
  });
  const columns = ["kind", "after", "node", "packet", "first", "second"] as const;
  const one = { ...chunk, rowChanges: chunk.rowChanges.slice(0, rows), counterChanges: chunk.counterChanges.slice(0, counters) };
  const none: Chunk = { ...empty(), texts: [], nodes: [], tables: [], cells: [], rows: [], counters: [], layers: [], frames: [] };
  const other = { ...none, rowChanges: chunk.rowChanges.slice(rows), counterChanges: chunk.counterChanges.slice(counters) };
  for (const column of columns) {
    one[column] = chunk[column].slice(0, at);
    other[column] = chunk[column].slice(at);
  }
  return [one, other];
}

describe("steps", () => {
  const kinds = fc.constantFrom<StepBy>("event", "frame", "command");

  test("a step back is the inverse of a step, wherever a step can end", () => {
    fc.assert(fc.property(runs, kinds, (run, by) => {
      const player = played(run);
      const seen = [0];
      for (let count = 0; player.position < player.timeline.length && count < 100; count++) {
        player.step(by);
        seen.push(player.position);
      }
      while (seen.length) {
        expect(player.position).toBe(seen.pop());
        expect(state(player.timeline, player.position)).toEqual(expected(run, player.position));
        player.back(by);
      }
      expect(player.position).toBe(0);
    }));
  });

  test("a step takes what its instant changed", () => {
    fc.assert(fc.property(runs, (run) => {
      const player = played(run);
      while (player.position < player.timeline.length) {
        player.step();
        const { kind, time } = player.timeline;
        if (player.position < kind.length && kind[player.position] === Kind.Changes)
          expect(time[player.position]).toBeGreaterThan(time[player.position - 1]!);
      }
    }));
  });

  test("to an item and to the step that it belongs to", () => {
    fc.assert(fc.property(runs, fc.nat(39), (run, item) => {
      const player = played(run);
      if (item >= player.timeline.length) return;
      player.goToItem(item);
      expect(player.position).toBeGreaterThan(item);
      expect(player.timeline.stops).toContain(player.position);
    }));
  });
});

describe("playing", () => {
  test("passes every position in order and ends", () => {
    fc.assert(fc.property(runs, fc.array(fc.double({ min: 0, max: 0.1, noNaN: true }), { minLength: 200, maxLength: 200 }), (run, frames) => {
      const player = played(run);
      player.setSpeed(256);
      player.play();
      let before = 0;
      for (const seconds of frames) {
        player.advance(seconds);
        expect(player.position).toBeGreaterThanOrEqual(before);
        before = player.position;
      }
      player.playing = true;
      player.advance(1000);
      expect([player.position, player.playing]).toEqual([player.timeline.length, false]);
    }), { numRuns: 30 });
  });

  test("the clock is monotone and gives back the position of a beat", () => {
    fc.assert(fc.property(runs, (run) => {
      const { clock, timeline } = played(run);
      for (let item = 1; item < timeline.length; item++) expect(clock.at[item]).toBeGreaterThanOrEqual(clock.at[item - 1]!);
      for (let position = 1; position <= timeline.length; position++) {
        const reached = clock.position(clock.beat(position));
        expect(reached).toBeGreaterThanOrEqual(position);
        expect(clock.beat(reached)).toBe(clock.beat(position));
      }
    }));
  });

  test("a hop is one beat, and a pause of a second less than three", () => {
    expect(beats(5000)).toBe(1);
    expect(beats(2500)).toBe(0.5);
    expect(beats(1e9)).toBeLessThan(3);
    expect(new Clock().end).toBe(0);
  });
});

test("a hop has both its ends, and the latest arrival before each is known", () => {
  fc.assert(fc.property(runs, (run) => {
    const { timeline } = played(run);
    timeline.hops.forEach(({ sent, arrived }, index) => {
      expect([timeline.kind[sent], timeline.kind[arrived]]).toEqual([Kind.Transmitted, Kind.Received]);
      expect(timeline.arrival(sent)).toBe(arrived);
      expect(timeline.latest[index]).toBe(Math.max(...timeline.hops.slice(0, index + 1).map((hop) => hop.arrived)));
      if (index) expect(sent).toBeGreaterThanOrEqual(timeline.hops[index - 1]!.sent);
    });
  }));
});

test("an empty run can be played", () => {
  const player = new Player();
  player.append(empty());
  player.play();
  player.advance(1);
  expect([player.position, player.playing, player.current]).toEqual([0, false, NONE]);
});
