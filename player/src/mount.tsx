// The player as a component: a page gives it an element, a source of chunks and a layout engine.

import { render } from "preact";
import { App } from "./app";
import type { Engine } from "./layout";
import { Player } from "./player";
import type { Source } from "./source";
import "./style.css";

/** `follow`: the source goes on, and what comes is played as it comes.  The player is there at once, empty. */
export function mount(root: HTMLElement, source: Source, engine: Engine, follow = false): Player {
  const player = new Player();
  let drawn = false;
  source.open(
    (chunk) => {
      player.append(chunk, follow);
      if (!drawn) render(<App player={player} engine={engine} />, root);
      drawn = true;
    },
    (sentence) => render(<main class="app"><p class="cut" role="alert">{sentence}</p></main>, root),
  );
  return player;
}
