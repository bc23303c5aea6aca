// The items of a run, and the state of every table after any of them.
//
// A position is the number of items that have happened, 0 to `length`.  Each cell keeps its rows with the items that
// changed it, so that the state at a position is found by bisection: stepping back is looking at a smaller position.

import { Kind, NONE, type Chunk, type FrameEntry, type NodeEntry } from "./format";
import { lowerBound } from "./search";

/** Values by the item that changed them. */
class History {
  readonly items: number[] = [];
  readonly values: number[] = [];

  set(item: number, value: number): void {
    this.items.push(item);
    this.values.push(value);
  }

  /** The value after `position` items; `before` if nothing had set it. */
  at(position: number, before: number): number {
    const count = lowerBound(this.items, position);
    return count ? this.values[count - 1]! : before;
  }

  last(before: number): number {
    return this.values.length ? this.values[this.values.length - 1]! : before;
  }
}

export interface Row {
  cell: number;
  key: string;
  texts: string[];
  counters: number[];
  /** The item that gave the cell this row, or changed a counter of it. */
  changed: number;
}

export interface Command {
  line: string;
  /** 0 for what was typed, 1 for a program that it started. */
  depth: number;
  output: string;
  status: number;
  /** The items with which it began and ended; `ended` is NONE while it runs. */
  begun: number;
  ended: number;
}

export interface Hop {
  /** The items of a frame that left a device and arrived at another. */
  sent: number;
  arrived: number;
}

export interface Layer {
  name: string;
  length: number;
  fields: [string, string][];
}

/** So few programs of a command are not shown. */
const FEW_PROGRAMS = 4;

export class Timeline {
  title = "";
  begins = 0;
  leftOut = 0;
  cutAt: number | null = null;
  limit = 0;
  readonly texts: string[] = [];
  readonly nodes: NodeEntry[] = [];
  readonly kind: number[] = [];
  /** Nanoseconds since `begins`. */
  readonly time: number[] = [];
  readonly node: number[] = [];
  readonly packet: number[] = [];
  readonly first: number[] = [];
  readonly second: number[] = [];
  readonly frames: FrameEntry[] = [];
  readonly commands: Command[] = [];
  /** How many programs each typed command started. */
  private readonly programs = new Map<number, number>();
  private readonly typed: number[] = [];
  readonly hops: Hop[] = [];
  /** The latest arrival of this hop and all before it. */
  readonly latest: number[] = [];
  /** Items: packets that were lost. */
  readonly drops: number[] = [];
  /** Items: packets to a group that nobody there listened to, which is no loss. */
  readonly unheard = new Set<number>();
  /** Items of packets: what a list of events shows. */
  readonly events: number[] = [];
  /** Positions at which a step ends: what an item changed at its own instant belongs to it. */
  readonly stops: number[] = [];

  private readonly tables: [number, number][] = [];
  private readonly tableOf = new Map<string, number>();
  private readonly cellsOf: number[][] = [];
  private readonly cells: [number, number][] = [];
  private readonly rows: number[][] = [];
  private readonly layers: number[][] = [];
  private readonly counters: [number, number][] = [];
  private readonly countersOf: number[][] = [];
  private readonly rowHistory: History[] = [];
  private readonly counterHistory: History[] = [];
  private readonly ended = new Map<number, [string, number]>();
  private readonly arrivals = new Map<number, number>();

  get length(): number {
    return this.kind.length;
  }

  append(chunk: Chunk): void {
    this.title = chunk.title;
    this.begins = chunk.begins;
    this.leftOut = chunk.leftOut;
    this.cutAt = chunk.cutAt;
    this.limit = chunk.limit;
    for (const text of chunk.texts) this.texts.push(text);
    for (const node of chunk.nodes) this.nodes.push(node);
    for (const frame of chunk.frames) this.frames.push(frame);
    for (const row of chunk.rows) this.rows.push(row);
    for (const layer of chunk.layers) this.layers.push(layer);
    for (const table of chunk.tables) this.addTable(table);
    for (const cell of chunk.cells) this.addCell(cell);
    for (const counter of chunk.counters) this.addCounter(counter);
    for (const [line, depth] of chunk.commands) this.addCommand(line, depth);
    for (const [command, output, status] of chunk.ended) this.ended.set(command, [output, status]);
    for (const item of chunk.unheard) this.unheard.add(item);
    this.addItems(chunk);
  }

  private addTable([node, name]: [number, number]): void {
    this.tableOf.set(`${node} ${this.texts[name]}`, this.tables.length);
    this.tables.push([node, name]);
    this.cellsOf.push([]);
  }

  private addCommand(line: string, depth: number): void {
    const number = this.commands.length;
    const typed = depth ? (this.typed[number - 1] ?? NONE) : number;
    if (depth) this.programs.set(typed, (this.programs.get(typed) ?? 0) + 1);
    this.typed.push(typed);
    this.commands.push({ line, depth, output: "", status: 0, begun: NONE, ended: NONE });
  }

  /** Whether a command is shown: a program that another one started is if there are many, as in a script or a loop. */
  shows(command: number): boolean {
    return !this.commands[command]!.depth || this.typed[command] === NONE
      || this.programs.get(this.typed[command]!)! > FEW_PROGRAMS;
  }

  private addCell(cell: [number, number]): void {
    this.cellsOf[cell[0]]!.push(this.cells.length);
    this.cells.push(cell);
    this.rowHistory.push(new History());
    this.countersOf.push([]);
  }

  private addCounter([cell, which]: [number, number]): void {
    this.countersOf[cell]![which] = this.counters.length;
    this.counters.push([cell, which]);
    this.counterHistory.push(new History());
  }

  private addItems(chunk: Chunk): void {
    let rows = 0, counters = 0;
    let time = this.time.length ? this.time[this.time.length - 1]! : 0;
    for (let index = 0; index < chunk.kind.length; index++) {
      const item = this.kind.length;
      const kind = chunk.kind[index]!, first = chunk.first[index]!, second = chunk.second[index]!;
      time += chunk.after[index]!;
      this.kind.push(kind);
      this.time.push(time);
      this.node.push(chunk.node[index]!);
      this.packet.push(chunk.packet[index]!);
      this.first.push(first);
      this.second.push(second);
      this.addStop(item, kind, time);
      if (kind === Kind.Changes) {
        for (const end = rows + 2 * first; rows < end; rows += 2)
          this.rowHistory[chunk.rowChanges[rows]!]!.set(item, chunk.rowChanges[rows + 1]!);
        for (const end = counters + 2 * second; counters < end; counters += 2) {
          const history = this.counterHistory[chunk.counterChanges[counters]!]!;
          history.set(item, history.last(0) + chunk.counterChanges[counters + 1]!);
        }
      } else this.addEvent(item, kind, first, second);
    }
  }

  private addStop(item: number, kind: Kind, time: number): void {
    if (kind === Kind.Changes && item && this.time[item - 1] === time && this.stops.length)
      this.stops[this.stops.length - 1] = item + 1;
    else this.stops.push(item + 1);
  }

  private addEvent(item: number, kind: Kind, first: number, second: number): void {
    if (kind === Kind.Begin) {
      this.commands[first]!.begun = item;
    } else if (kind === Kind.End) {
      const command = this.commands[first]!;
      const [output, status] = this.ended.get(first) ?? ["", 0];
      Object.assign(command, { output, status, ended: item });
    } else {
      this.events.push(item);
      if (kind === Kind.Dropped && !this.unheard.has(item)) this.drops.push(item);
      if (kind === Kind.Received && second !== NONE) this.addHop(second, item);
    }
  }

  /** Hops are in the order of their arrivals; `latest` is about the order of their departures, made when asked. */
  private addHop(sent: number, arrived: number): void {
    this.arrivals.set(sent, arrived);
    let at = this.hops.length;
    while (at && this.hops[at - 1]!.sent > sent) at--;
    this.hops.splice(at, 0, { sent, arrived });
    for (let index = at; index < this.hops.length; index++)
      this.latest[index] = Math.max(index ? this.latest[index - 1]! : 0, this.hops[index]!.arrived);
  }

  /** Where the frame of a transmission arrived: the item; NONE if it did not. */
  arrival(sent: number): number {
    return this.arrivals.get(sent) ?? NONE;
  }

  // --- state -----------------------------------------------------------------------------------------------------

  /** The rows of a table of a namespace after `position` items, in the order in which their cells were first seen. */
  tableAt(node: number, name: string, position: number): Row[] {
    const table = this.tableOf.get(`${node} ${name}`);
    if (table === undefined) return [];
    const found: Row[] = [];
    for (const cell of this.cellsOf[table]!) {
      const row = this.rowAt(cell, position);
      if (row) found.push(row);
    }
    return found;
  }

  rowAt(cell: number, position: number): Row | null {
    const history = this.rowHistory[cell]!;
    const row = history.at(position, NONE);
    if (row === NONE) return null;
    let changed = history.items[lowerBound(history.items, position) - 1]!;
    const counters: number[] = [];
    for (const counter of this.countersOf[cell]!) {
      if (counter === undefined) {
        counters.push(0);
        continue;
      }
      const count = this.counterHistory[counter]!;
      counters.push(count.at(position, 0));
      const last = lowerBound(count.items, position);
      if (last) changed = Math.max(changed, count.items[last - 1]!);
    }
    const texts = this.rows[row]!.map((text) => this.texts[text]!);
    return { cell, key: this.texts[this.cells[cell]![1]]!, texts, counters, changed };
  }

  /** All rows that the table ever had, each with the positions from which and to which it was there. */
  spans(node: number, name: string): { texts: string[]; from: number; to: number }[] {
    const table = this.tableOf.get(`${node} ${name}`);
    if (table === undefined) return [];
    const found: { texts: string[]; from: number; to: number }[] = [];
    for (const cell of this.cellsOf[table]!) {
      const { items, values } = this.rowHistory[cell]!;
      items.forEach((item, index) => {
        if (values[index] === NONE) return;
        const texts = this.rows[values[index]!]!.map((text) => this.texts[text]!);
        found.push({ texts, from: item + 1, to: items[index + 1] ?? Infinity });
      });
    }
    return found;
  }

  // --- texts -----------------------------------------------------------------------------------------------------

  frameOf(item: number): FrameEntry | null {
    const kind = this.kind[item]!;
    const has = kind === Kind.Transmitted || kind === Kind.Received || kind === Kind.Dropped;
    return has && this.first[item] !== NONE ? this.frames[this.first[item]!]! : null;
  }

  layersOf(frame: FrameEntry): Layer[] {
    return frame[2].map(([number, length]) => {
      const [name, ...fields] = this.layers[number]!.map((text) => this.texts[text]!);
      const pairs: [string, string][] = [];
      for (let index = 0; index < fields.length; index += 2) pairs.push([fields[index]!, fields[index + 1]!]);
      return { name: name!, length, fields: pairs };
    });
  }

  /** The name of the innermost layer that has a name of its own. */
  protocolOf(frame: FrameEntry): string {
    const names = frame[2].map(([number]) => this.texts[this.layers[number]![0]!]!);
    return names.filter((name) => name !== "data").pop() ?? "Ethernet";
  }

  describe(item: number): string {
    const kind = this.kind[item]!;
    switch (kind) {
      case Kind.Changes: return "tables change";
      case Kind.Begin: return `$ ${this.commands[this.first[item]!]!.line}`;
      case Kind.End: return `the command ends: ${this.second[item]}`;
      case Kind.Transmitted: return `leaves ${this.name(this.node[item]!)}: ${this.summary(item)}`;
      case Kind.Received: return `arrives on ${this.name(this.node[item]!)}: ${this.summary(item)}`;
      case Kind.Dropped: return `${this.unheard.has(item) ? "ends" : "dropped"}: ${this.texts[this.second[item]!]}`;
      default: return this.texts[this.first[item]!]!;
    }
  }

  private summary(item: number): string {
    const frame = this.frameOf(item);
    return frame ? this.texts[frame[1]]! : "";
  }

  name(node: number): string {
    return node === NONE ? "" : this.nodes[node]![2];
  }

  namespaceOf(node: number): number {
    return node !== NONE && this.nodes[node]![0] === "device" ? this.nodes[node]![1] : node;
  }
}
