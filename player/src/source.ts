// Where a timeline comes from: the page itself, or a port through which a running simulation sends chunks.

import { FORMAT, type Chunk } from "./format";

export interface Source {
  /** Calls `take` with each chunk, in order, now or later; `fail` with a sentence if there is none to be had. */
  open(take: (chunk: Chunk) => void, fail: (sentence: string) => void): void;
}

function checked(value: unknown): Chunk {
  const chunk = value as Chunk;
  if (typeof chunk !== "object" || chunk === null || chunk.format !== FORMAT)
    throw new Error(`expected a timeline of format ${FORMAT}, found ${String((chunk as Chunk | null)?.format)}`);
  return chunk;
}

async function inflated(base64: string): Promise<string> {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

/** The timeline that `vnetsim run --html` wrote into the page. */
export function embedded(element: HTMLElement): Source {
  return {
    open(take, fail) {
      const text = element.textContent ?? "";
      if (!text.trim()) return fail("There is no timeline in this page: `vnetsim run LAB --html FILE` writes one.");
      const deflated = element.dataset["deflated"] !== undefined;
      const read = deflated ? inflated(text) : Promise.resolve(text);
      read.then((json) => take(checked(JSON.parse(json))))
        .catch((error: unknown) => fail(`The timeline in this page cannot be read: ${String(error)}`));
    },
  };
}

/** Chunks that come one after the other, as from a worker in which the simulation runs. */
export function port(from: MessagePort): Source {
  return {
    open(take, fail) {
      from.onmessage = (message: MessageEvent<unknown>) => {
        try {
          take(checked(message.data));
        } catch (error) {
          fail(String(error));
        }
      };
    },
  };
}
