// The player as a component: a page gives it an element and a source of chunks.

import { render } from "preact";
import { App } from "./app";
import { Player } from "./player";
import type { Source } from "./source";
import "./style.css";

/** `follow`: the source goes on, and what comes is played as it comes.  The player is there at once, empty. */
export function mount(root: HTMLElement, source: Source, follow = false): Player {
  const player = new Player();
  let drawn = false;
  source.open(
    (chunk) => {
      player.append(chunk, follow);
      if (!drawn) render(<App player={player} />, root);
      drawn = true;
    },
    (sentence) => render(<main class="app"><p class="cut" role="alert">{sentence}</p></main>, root),
  );
  return player;
}
