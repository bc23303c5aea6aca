// The time of the page.  Simulated time has pauses of seconds between hops of microseconds, so that it is bent: a hop
// of 5 µs is one beat, less is less, and a pause that is longer by a factor of ten takes a quarter of a beat more.

import { upperBound } from "./search";

export const HOP_NS = 5000;

export function beats(nanoseconds: number): number {
  const hops = nanoseconds / HOP_NS;
  return hops <= 1 ? hops : 1 + Math.log10(hops) / 4;
}

export class Clock {
  /** Of each item, in beats; it never falls. */
  readonly at: number[] = [];

  append(time: readonly number[]): void {
    for (let item = this.at.length; item < time.length; item++) {
      const before = item ? this.at[item - 1]! : 0;
      this.at.push(item ? before + beats(time[item]! - time[item - 1]!) : 0);
    }
  }

  get end(): number {
    return this.at.length ? this.at[this.at.length - 1]! : 0;
  }

  /** How many items have happened at a beat. */
  position(beat: number): number {
    return upperBound(this.at, beat);
  }

  /** The beat at which a position is reached. */
  beat(position: number): number {
    return position <= 0 ? 0 : this.at[Math.min(position, this.at.length) - 1]!;
  }
}
