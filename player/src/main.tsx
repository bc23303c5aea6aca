import { render } from "preact";
import { App } from "./app";
import { elkFrom } from "./elk";
import { Player } from "./player";
import { embedded } from "./source";
import "./style.css";

const root = document.getElementById("app")!;
const player = new Player();
const engine = elkFrom(document.getElementById("elk")!);
let drawn = false;

embedded(document.getElementById("timeline")!).open(
  (chunk) => {
    player.append(chunk);
    if (!drawn) render(<App player={player} engine={engine} />, root);
    drawn = true;
  },
  (sentence) => render(<main class="app"><p class="cut" role="alert">{sentence}</p></main>, root),
);
