import { useEffect, useReducer } from "preact/hooks";
import type { Player } from "./player";

/** Draw again when the player moves, at most so often in a second while it plays. */
export function usePlayer(player: Player, perSecond = 12): void {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let last = 0, pending: ReturnType<typeof setTimeout> | null = null;
    const now = (): void => {
      pending = null;
      last = performance.now();
      draw(undefined);
    };
    const stop = player.subscribe(() => {
      const wait = player.playing ? last + 1000 / perSecond - performance.now() : 0;
      if (wait <= 0) now();
      else pending ??= setTimeout(now, wait);
    });
    return () => {
      stop();
      if (pending) clearTimeout(pending);
    };
  }, [player, perSecond]);
}
