// What player.js offers to the page of `vnetsim play`, which has it in a file of its own.

import type { Player } from "./player";

export interface Live {
  /** A new player of the chunks that come through a port, in the place of the one that was there. */
  mount(root: HTMLElement, chunks: MessagePort): Player;
}

declare global {
  var vnetsimPlayer: Live;
}
