// What plays: a position in a timeline, moved by time or by steps.

import { Clock } from "./clock";
import { Kind, type Chunk } from "./format";
import { lowerBound, upperBound } from "./search";
import { Timeline } from "./timeline";

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 64, 256] as const;
/** Beats in a second at speed 1. */
export const TEMPO = 2;

export type StepBy = "event" | "frame" | "command";

export class Player {
  readonly timeline = new Timeline();
  readonly clock = new Clock();
  playing = false;
  speed = 1;
  /** How many items have happened. */
  position = 0;
  /** The time of the page; between two positions while it plays. */
  beat = 0;
  private readonly listeners = new Set<() => void>();

  /** With `follow`, what comes while the end is seen is played, as a simulation that goes on. */
  append(chunk: Chunk, follow = false): void {
    const atEnd = this.position === this.timeline.length;
    this.timeline.append(chunk);
    this.clock.append(this.timeline.time);
    if (follow && atEnd && this.position < this.timeline.length) this.playing = true;
    this.tell();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  // --- playing -----------------------------------------------------------------------------------------------------

  play(): void {
    if (this.position >= this.timeline.length) this.go(0);
    this.playing = true;
    this.tell();
  }

  pause(): void {
    this.playing = false;
    this.tell();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.tell();
  }

  /** `seconds` of the page's time have passed. */
  advance(seconds: number): void {
    if (!this.playing) return;
    this.beat += seconds * TEMPO * this.speed;
    this.position = Math.max(this.position, this.clock.position(this.beat));
    if (this.beat >= this.clock.end) {
      this.beat = this.clock.end;
      this.position = this.timeline.length;
      this.playing = false;
    }
    this.tell();
  }

  // --- steps -------------------------------------------------------------------------------------------------------

  go(position: number): void {
    this.position = Math.max(0, Math.min(position, this.timeline.length));
    this.beat = this.clock.beat(this.position);
    this.tell();
  }

  /** To the end of the step to which an item belongs. */
  goToItem(item: number): void {
    const { stops } = this.timeline;
    this.go(stops[lowerBound(stops, item + 1)] ?? this.timeline.length);
  }

  goToBeat(beat: number): void {
    this.beat = Math.max(0, Math.min(beat, this.clock.end));
    this.position = this.clock.position(this.beat);
    this.tell();
  }

  step(by: StepBy = "event"): void {
    this.playing = false;
    const { stops } = this.timeline;
    for (let index = upperBound(stops, this.position); index < stops.length; index++)
      if (this.counts(index, by)) return this.go(stops[index]!);
    this.go(this.timeline.length);
  }

  back(by: StepBy = "event"): void {
    this.playing = false;
    const { stops } = this.timeline;
    for (let index = lowerBound(stops, this.position) - 1; index >= 0; index--)
      if (this.counts(index, by)) return this.go(stops[index]!);
    this.go(0);
  }

  /** The item that begins the step which ends at stop `index`. */
  itemOf(index: number): number {
    return index ? this.timeline.stops[index - 1]! : 0;
  }

  /** The item to which the present position belongs; -1 at the beginning. */
  get current(): number {
    const { stops } = this.timeline;
    const index = lowerBound(stops, this.position);
    if (!this.position) return -1;
    return stops[index] === this.position ? this.itemOf(index) : this.position - 1;
  }

  private counts(index: number, by: StepBy): boolean {
    const kind: Kind = this.timeline.kind[this.itemOf(index)]!;
    switch (by) {
      case "event": return true;
      case "frame": return kind === Kind.Transmitted || kind === Kind.Received || kind === Kind.Dropped;
      case "command": return kind === Kind.Begin && this.timeline.shows(this.timeline.first[this.itemOf(index)]!);
    }
  }
}
