// The page: a terminal on the simulation in a worker, and the player beside it.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import type {} from "../live";
import { Editor } from "./editor";
import { showTasks, type Progress } from "./tasks";
import "./style.css";

type Message = { type: string } & Record<string, any>;

const element = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
const base = new URL("./", location.href).href;
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (message: Message): void => worker.postMessage(message);

// --- the terminal ---------------------------------------------------------------------------------------------------

const terminal = new Terminal({
  convertEol: true, fontSize: 14, lineHeight: 1.15, scrollback: 5000, cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  theme: { background: "#14171c", foreground: "#e6e9ee" }, screenReaderMode: true,
});
const fit = new FitAddon();
terminal.loadAddon(fit);
terminal.open(element("terminal"));
terminal.textarea?.setAttribute("aria-label", "Type commands here");
fit.fit();
new ResizeObserver(() => fit.fit()).observe(element("terminal"));
const editor = new Editor(
  { write: (text) => terminal.write(text), get columns() { return terminal.cols; } },
  {
    line: (text) => send({ type: "line", text }), key: (key) => send({ type: "key", key }),
    complete: (before) => send({ type: "complete", before }),
  },
);
terminal.onResize(({ cols }) => send({ type: "columns", columns: cols }));
terminal.onData((data) => editor.take(data));

// --- the player -----------------------------------------------------------------------------------------------------

let timeline: MessagePort | null = null;

function newPlayer(): void {
  timeline?.close();
  const channel = new MessageChannel();
  timeline = channel.port1;
  globalThis.vnetsimPlayer.mount(element("player"), channel.port2).setSpeed(16);
}

// --- messages -------------------------------------------------------------------------------------------------------

function tell(text: string, wrong = false): void {
  element("state").textContent = text;
  element("state").classList.toggle("wrong", wrong);
}

function offer(name: string, base64: string): void {
  const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  tell(`${name} was saved`);
}

function share(fragment: string): void {
  history.replaceState(null, "", `#${fragment}`);
  navigator.clipboard?.writeText(location.href).then(
    () => tell("the link was copied; it is in the address bar, too"),
    () => tell("the link is in the address bar"),
  );
}

function listLessons(names: string[], opened: string | null): void {
  const select = element<HTMLSelectElement>("lesson");
  select.replaceChildren(new Option("none", ""), ...names.map((name) => new Option(name.replaceAll("-", " "), name)));
  select.value = opened ?? "";
}

const takes: Record<string, (message: Message) => void> = {
  write: ({ text }) => editor.show(text),
  prompt: ({ text, ready }) => {
    editor.setPrompt(text, ready);
    if (ready && !document.body.dataset["prompt"]) {
      document.body.dataset["prompt"] = String(Math.round(performance.now()));
      tell("");
    }
  },
  opened: ({ title, kind }) => {
    document.title = `${title} · vnetsim`;
    if (kind !== "lesson") showTasks(element("tasks"), null, () => undefined);
    newPlayer();
  },
  chunk: ({ chunk }) => timeline?.postMessage(chunk),
  completions: ({ before, names }) => editor.completions(before, names),
  file: ({ name, data }) => offer(name, data),
  lessons: ({ names, opened }) => listLessons(names, opened),
  lesson: (message) => showTasks(element("tasks"), message as unknown as Progress, (line) => editor.take(`\x15${line}\r`)),
  url: ({ fragment }) => share(fragment),
  error: ({ text }) => tell(text, true),
  loading: ({ text }) => tell(text),
  over: ({ status }) => tell(`the shell ended with status ${status}; load the page again for a new machine`),
};
worker.onmessage = ({ data }: MessageEvent<Message>) => takes[data.type]?.(data);
worker.onerror = (event) => tell(`the simulation cannot be loaded: ${event.message}`, true);

// --- what there is to choose ----------------------------------------------------------------------------------------

/** What the address names: `#lab=…`, or `#lesson=NAME`. */
function openAddress(): void {
  const lesson = /^#lesson=([\w-]+)$/.exec(location.hash)?.[1] ?? null;
  open({ fragment: location.hash, lesson });
}

function open(what: { fragment: string; lesson: string | null }): void {
  editor.reset();
  send({ type: "open", ...what });
  terminal.focus();
}

element<HTMLSelectElement>("lesson").onchange = ({ currentTarget }) => {
  const name = (currentTarget as HTMLSelectElement).value;
  history.replaceState(null, "", name ? `#lesson=${name}` : "#");
  openAddress();
};
element<HTMLSelectElement>("save").onchange = ({ currentTarget }) => {
  const select = currentTarget as HTMLSelectElement;
  if (select.value) send({ type: "download", what: select.value });
  select.value = "";
};
element<HTMLInputElement>("fast").onchange = ({ currentTarget }) =>
  send({ type: "fast", on: (currentTarget as HTMLInputElement).checked });
element<HTMLInputElement>("file").onchange = async ({ currentTarget }) => {
  const file = (currentTarget as HTMLInputElement).files?.[0];
  if (!file) return;
  editor.reset();
  send({ type: "open", name: file.name, text: await file.text() });
  terminal.focus();
};
addEventListener("hashchange", openAddress);

const { build, built } = document.documentElement.dataset;
send({ type: "columns", columns: terminal.cols });
send({ type: "begin", base, build: build!, built: built !== undefined });
openAddress();
if ("serviceWorker" in navigator && isSecureContext) void navigator.serviceWorker.register("sw.js").catch(() => undefined);
