// The simulation in a worker: Python's PageWorker, stepped between the messages of the page.
//
// Python's start takes most of the time, because its modules are compiled.  Its memory after that is a snapshot: one that
// was built with the page (snapshot.gz), or one that the first visit leaves in the browser's cache.

import ONCE from "../../play/once.py?raw";

interface Machine {
  receive(message: string): void;
  step(): number;
}

interface Files {
  mkdirTree(path: string): void;
  writeFile(path: string, data: Uint8Array | string): void;
}

interface Pyodide {
  FS: Files;
  runPython(code: string): unknown;
  makeMemorySnapshot(): Uint8Array;
}

interface Module {
  HEAPU8: Uint8Array;
  _emscripten_resize_heap(size: number): boolean;
}

interface Begin {
  type: "begin";
  base: string;
  /** Names the files of the page: a snapshot belongs to them. */
  build: string;
  /** Whether there is a snapshot.gz. */
  built: boolean;
}

const IMPORTED = `
import json, sys, zipfile
sys.path.insert(0, "/site.zip")
from vnetsim.browser.worker import PageWorker
`;

const START = `
import json, zipfile
from vnetsim.browser.worker import PageWorker

with zipfile.ZipFile("/site.zip") as site:
    site.extractall("/", [name for name in site.namelist() if name.startswith("lessons/")])

class Machine:
    def __init__(self, post):
        self.worker = PageWorker(lambda message: post(json.dumps(message)))

    def receive(self, text):
        self.worker.receive(json.loads(text))

    def step(self):
        return self.worker.step()

Machine
`;

let machine: Machine | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const early: string[] = [];
/** Keeps the memory of a start, when there is a prompt. */
let kept: (() => Promise<void>) | null = null;

function fail(error: unknown): void {
  clearTimeout(timer);
  machine = null;
  postMessage({ type: "error", text: `the simulation ended: ${String(error)}`, ended: true });
}

function step(): void {
  if (!machine) return;
  try {
    const seconds = machine.step();
    clearTimeout(timer);
    timer = setTimeout(step, seconds * 1000);
  } catch (error) {
    fail(error);
  }
}

function receive(text: string): void {
  try {
    machine!.receive(text);
  } catch (error) {
    return fail(error);
  }
  clearTimeout(timer);
  timer = setTimeout(step, 0);
}

async function file(address: URL): Promise<Response> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address.pathname}: ${answer.status} ${answer.statusText}`);
  return answer;
}

const cacheOf = (build: string): Promise<Cache | null> =>
  typeof caches === "undefined" ? Promise.resolve(null) : caches.open(`vnetsim-snapshot-${build}`).catch(() => null);

/** The memory of a Python that has started; null: there is none. */
async function snapshot({ base, build, built }: Begin): Promise<Uint8Array | null> {
  const known = await (await cacheOf(build))?.match("snapshot");
  if (known) return new Uint8Array(await known.arrayBuffer());
  if (!built) return null;
  const packed = (await file(new URL("snapshot.gz", base))).body!;
  return new Uint8Array(await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

/** Keep it for the next visit; without space for it, that takes as long as this one. */
async function keep({ build }: Begin, memory: Uint8Array): Promise<void> {
  try {
    for (const name of await caches.keys())
      if (name.startsWith("vnetsim-snapshot-") && name !== `vnetsim-snapshot-${build}`) await caches.delete(name);
    await (await cacheOf(build))?.put("snapshot", new Response(memory as Uint8Array<ArrayBuffer>));
  } catch { /* the page works without it */ }
}

/** What Python executes when it starts. */
async function prepared(files: Files, { sitePackages }: { sitePackages: string }): Promise<void> {
  files.mkdirTree(sitePackages);
  files.writeFile(`${sitePackages}/sitecustomize.py`, ONCE);
}

async function load(indexURL: string, memory: Uint8Array | null): Promise<Pyodide> {
  const { loadPyodide } = (await import(/* @vite-ignore */ `${indexURL}pyodide.mjs`)) as
    { loadPyodide(options: object): Promise<Pyodide> };
  if (!memory) return loadPyodide({ indexURL, _makeSnapshot: true, fsInit: prepared });
  const { default: create } = (await import(/* @vite-ignore */ `${indexURL}pyodide.asm.mjs`)) as
    { default(settings: object): Promise<Module> };
  // Pyodide writes the snapshot into the memory that there is, which is as large as at the beginning.
  const createPyodideModule = async (settings: object): Promise<Module> => {
    const module = await create(settings);
    if (module.HEAPU8.length < memory.length) module._emscripten_resize_heap(memory.length);
    return module;
  };
  return loadPyodide({ indexURL, createPyodideModule, _loadSnapshot: memory });
}

type Make = (post: (text: string) => void) => Machine;

/** With a snapshot; an error if it is damaged, or that of another Python. */
async function resumed(indexURL: string, site: Promise<Uint8Array>, memory: Uint8Array): Promise<Make> {
  const python = await load(indexURL, memory);
  python.FS.writeFile("/site.zip", await site);
  return python.runPython(START) as Make;
}

async function started(indexURL: string, site: Promise<Uint8Array>, what: Begin): Promise<Make> {
  postMessage({ type: "loading", text: "Python starts; the next time it is faster …" });
  const python = await load(indexURL, null);
  python.FS.writeFile("/site.zip", await site);
  postMessage({ type: "loading", text: "vnetsim is loaded …" });
  python.runPython(IMPORTED);
  const memory = python.makeMemorySnapshot();
  const make = python.runPython(START) as Make;
  kept = () => keep(what, memory);
  return make;
}

async function begin(what: Begin): Promise<void> {
  const site = file(new URL("site.zip", what.base)).then(async (answer) => new Uint8Array(await answer.arrayBuffer()));
  site.catch(() => undefined);
  const memory = await snapshot(what).catch(() => null);
  const indexURL = new URL("pyodide/", what.base).href;
  const make = (memory && (await resumed(indexURL, site, memory).catch(() => null))) ?? (await started(indexURL, site, what));
  machine = make((text) => postMessage(JSON.parse(text)));
  for (const text of early.splice(0)) receive(text);
  setTimeout(() => void kept?.(), 0);
}

onmessage = ({ data }: MessageEvent<Begin | { type: string }>): void => {
  if (data.type === "begin") begin(data as Begin).catch(fail);
  else if (machine) receive(JSON.stringify(data));
  else early.push(JSON.stringify(data));
};
