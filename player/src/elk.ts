// The layout engine, which is three quarters of the page: its text is compiled in a worker, when it is used.

import ELK from "elkjs/lib/elk-api";
import type { ElkNode } from "elkjs/lib/elk-api";
import type { Engine } from "./layout";

/** `element` holds the text of elk-worker.min.js. */
export function elkFrom(element: HTMLElement): Engine {
  let url: string | null = null;
  const workerUrl = (): string =>
    (url ??= URL.createObjectURL(new Blob([element.textContent ?? ""], { type: "text/javascript" })));
  return async (graph: ElkNode) => {
    const elk = new ELK({ workerFactory: () => new Worker(workerUrl()) });
    try {
      return await elk.layout(graph);
    } finally {
      elk.terminateWorker();
    }
  };
}
