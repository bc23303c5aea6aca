// The topology of a run: every namespace and device that it ever had, each with the positions between which it was
// there, so that nothing moves on the page when something comes or goes.  The rows of the table `links` are the model,
// the same that `vnetsim run --svg` draws (src/vnetsim/views/topology.py).

import { NONE } from "./format";
import type { Timeline } from "./timeline";

/** Columns of the table `links`. */
export enum LinkColumn { Name, Kind, State, Flags, Mtu, Mac, Qdisc, PortState, Master, Peer, Place }

export interface Span {
  from: number;
  to: number;
}

export interface DrawnNamespace {
  node: number;
  label: string;
  isHost: boolean;
  spans: Span[];
  devices: DrawnDevice[];
}

export interface DrawnDevice {
  node: number;
  namespace: number;
  name: string;
  kind: string;
  /** Characters of the longest address that is drawn in it. */
  address: number;
  spans: Span[];
}

/** A cable between two ends of a veth pair, a port in its bridge (`to`), a device on top of another (`to`). */
export interface DrawnLink {
  kind: "cable" | "port" | "stacked";
  from: number;
  to: number;
  spans: Span[];
}

export interface Graph {
  namespaces: DrawnNamespace[];
  devices: Map<number, DrawnDevice>;
  links: DrawnLink[];
}

export function isThere(spans: readonly Span[], position: number): boolean {
  return spans.some(({ from, to }) => from <= position && position <= to);
}

function addSpan(spans: Span[], span: Span): void {
  const last = spans[spans.length - 1];
  if (last && span.from <= last.to + 1) last.to = Math.max(last.to, span.to);
  else spans.push({ ...span });
}

export function graphOf(timeline: Timeline): Graph {
  const settled = timeline.commands.filter(({ ended }) => ended !== NONE).map(({ ended }) => ended);
  settled.push(timeline.length);
  const busy = new Set(timeline.events.map((item) => timeline.node[item]!));
  const devices = new Map<number, DrawnDevice>();
  const links = new Map<string, DrawnLink>();
  const namespaces: DrawnNamespace[] = [];
  timeline.nodes.forEach(([kind, , label], node) => {
    if (kind === "device") return;
    const namespace: DrawnNamespace = { node, label, isHost: kind === "host", spans: [], devices: [] };
    for (const span of timeline.spans(node, "namespace")) addSpan(namespace.spans, span);
    for (const { texts, from, to } of timeline.spans(node, "links")) {
      const place = Number(texts[LinkColumn.Place]);
      let device = devices.get(place);
      if (!device) {
        device = { node: place, namespace: node, name: "", kind: "", address: 0, spans: [] };
        devices.set(place, device);
        namespace.devices.push(device);
      }
      device.name = texts[LinkColumn.Name]!;
      device.kind = texts[LinkColumn.Kind]!;
      addSpan(device.spans, { from, to });
      addLinks(links, texts, place, { from, to });
    }
    measure(namespace.devices, timeline.spans(node, "addresses").map(({ texts }) => texts));
    namespaces.push(namespace);
  });
  for (const [node, device] of devices)
    if (!isDrawn(device, settled, busy)) devices.delete(node);
  for (const namespace of namespaces)
    namespace.devices = namespace.devices.filter(({ node }) => devices.has(node));
  const drawn = namespaces.filter(
    (each) => each.isHost || each.devices.length || settled.some((end) => isThere(each.spans, end)),
  );
  return {
    namespaces: drawn.filter((each) => each.devices.length || !each.isHost || drawn.length === 1),
    devices,
    links: [...links.values()].filter(({ from, to }) => devices.has(from) && devices.has(to)),
  };
}

/** Of devices that ever had an address of IPv4, those: it is the one that is drawn. */
function measure(devices: DrawnDevice[], addresses: string[][]): void {
  const longest = new Map<string, { four: number; six: number }>();
  for (const [name, address, scope] of addresses) {
    const known = longest.get(name!) ?? { four: 0, six: 0 };
    longest.set(name!, known);
    if (scope === "link") continue;
    if (address!.includes(":")) known.six = Math.max(known.six, address!.length);
    else known.four = Math.max(known.four, address!.length);
  }
  for (const device of devices) device.address = longest.get(device.name)?.four || (longest.get(device.name)?.six ?? 0);
}

function addLinks(links: Map<string, DrawnLink>, texts: string[], place: number, span: Span): void {
  const add = (kind: DrawnLink["kind"], from: number, to: number): void => {
    const key = `${kind} ${from} ${to}`;
    let link = links.get(key);
    if (!link) links.set(key, (link = { kind, from, to, spans: [] }));
    addSpan(link.spans, span);
  };
  const master = texts[LinkColumn.Master], peer = texts[LinkColumn.Peer];
  if (master) add("port", place, Number(master));
  if (!peer) return;
  if (texts[LinkColumn.Kind] !== "veth") add("stacked", place, Number(peer));
  else if (place < Number(peer)) add("cable", place, Number(peer));
}

/** Devices that no command left there are not drawn unless a packet met them, and `lo` only where one did. */
function isDrawn(device: DrawnDevice, settled: number[], busy: Set<number>): boolean {
  if (busy.has(device.node)) return true;
  return device.name !== "lo" && settled.some((end) => isThere(device.spans, end));
}

/** What a layout depends on. */
export function shapeOf(graph: Graph): string {
  return JSON.stringify([
    graph.namespaces.map(({ node, label, devices }) => [node, label, devices.map((device) => [device.node, device.name, device.kind, device.address])]),
    graph.links.map(({ kind, from, to }) => [kind, from, to]),
  ]);
}

/** A graph of the same shape, with the spans of the new one and the objects of the old one, which a layout knows. */
export function carryOver(old: Graph, graph: Graph): Graph {
  old.namespaces.forEach((namespace, index) => { namespace.spans = graph.namespaces[index]!.spans; });
  old.links.forEach((link, index) => { link.spans = graph.links[index]!.spans; });
  for (const [node, device] of old.devices) device.spans = graph.devices.get(node)!.spans;
  return old;
}
