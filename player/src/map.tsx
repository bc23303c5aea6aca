// The picture: machines, devices and cables as SVG that changes when something comes or goes, and the frames on it,
// which are moved each time the screen is drawn.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Kind, NONE } from "./format";
import { isThere, LinkColumn, type DrawnNamespace, type Graph } from "./graph";
import { usePlayer } from "./hooks";
import { along, fitting, type Box, type Layout, type Path } from "./layout";
import type { Player } from "./player";
import { upperBound } from "./search";
import type { Selection } from "./selection";

interface Props {
  player: Player;
  graph: Graph;
  layout: Layout;
  selection: Selection;
  select: (selection: Selection) => void;
  reduced: boolean;
}

interface View {
  x: number;
  y: number;
  scale: number;
}

const SVG = "http://www.w3.org/2000/svg";
/** Frames that are drawn at once; of more, the latest. */
const MOST_FRAMES = 400;

export function Map({ player, graph, layout, selection, select, reduced }: Props) {
  usePlayer(player);
  const svg = useRef<SVGSVGElement>(null), frames = useRef<SVGGElement>(null);
  const [view, setView] = useState<View | null>(null);
  const fit = (box?: Box): void => setView(fitted(svg.current!, box ?? { x: 0, y: 0, ...layout }));
  useEffect(() => fit(), [layout]);
  useEffect(() => {
    const observer = new ResizeObserver(() => fit());
    observer.observe(svg.current!);
    return () => observer.disconnect();
  }, [layout]);
  useFrames(player, graph, layout, frames, reduced, select);
  const dragged = usePanZoom(svg, setView);

  const state = view ?? { x: 0, y: 0, scale: 1 };
  const detail = state.scale < 0.3 ? "far farther" : state.scale < 0.55 ? "far" : "near";
  return (
    <div class="map">
      <svg ref={svg} class={`net ${detail}`} role="group" aria-label="The network" style={{ touchAction: "none" }}>
        <g transform={`translate(${state.x} ${state.y}) scale(${state.scale})`}>
          <Network player={player} graph={graph} layout={layout} selection={selection}
            select={(chosen) => { if (!dragged.current) select(chosen); }} />
          <g ref={frames} />
        </g>
      </svg>
      <div class="zoom" role="group" aria-label="Zoom">
        <button onClick={() => setView(scaled(svg.current!, state, 1.4))} aria-label="Zoom in">+</button>
        <button onClick={() => setView(scaled(svg.current!, state, 1 / 1.4))} aria-label="Zoom out">−</button>
        <select aria-label="Zoom to a machine" value="" onChange={(event) => {
          const chosen = event.currentTarget.value;
          fit(chosen ? layout.boxes.get(Number(chosen)) : undefined);
          event.currentTarget.value = "";
        }}>
          <option value="">All</option>
          {graph.namespaces.filter(({ node }) => layout.boxes.has(node)).map(({ node, label }) => (
            <option key={node} value={node}>{label}</option>
          ))}
        </select>
      </div>
    </div>
  );
}

// --- zoom ------------------------------------------------------------------------------------------------------------

/** The whole box beside the buttons for zooming. */
function fitted(svg: SVGSVGElement, box: Box): View {
  const { width, height, top } = svg.getBoundingClientRect();
  const buttons = svg.nextElementSibling!.getBoundingClientRect(), margin = 8;
  const above = buttons.top - top < height / 2;
  const taken = height < 2.5 * buttons.height ? margin : buttons.height + margin;
  const free = { top: above ? taken : margin, height: height - margin - taken };
  const scale = Math.max(0.02, Math.min((width - 2 * margin) / box.width, free.height / box.height, 1.6));
  return { scale, x: width / 2 - (box.x + box.width / 2) * scale, y: free.top + free.height / 2 - (box.y + box.height / 2) * scale };
}

function scaled(svg: SVGSVGElement, view: View, by: number, at?: { x: number; y: number }): View {
  const { width, height } = svg.getBoundingClientRect();
  const center = at ?? { x: width / 2, y: height / 2 };
  const scale = Math.max(0.02, Math.min(view.scale * by, 6)), real = scale / view.scale;
  return { scale, x: center.x - (center.x - view.x) * real, y: center.y - (center.y - view.y) * real };
}

/** Wheel, drag, and two fingers; the result is whether the last press was a drag. */
function usePanZoom(ref: { current: SVGSVGElement | null }, setView: (change: (view: View | null) => View | null) => void) {
  const dragged = useRef(false);
  useEffect(() => {
    const svg = ref.current!;
    const pointers = new globalThis.Map<number, { x: number; y: number }>();
    const local = (event: PointerEvent | WheelEvent): { x: number; y: number } => {
      const { left, top } = svg.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      setView((view) => view && scaled(svg, view, Math.exp(-event.deltaY / 400), local(event)));
    };
    const down = (event: PointerEvent): void => {
      pointers.set(event.pointerId, local(event));
      dragged.current = false;
    };
    const move = (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = local(event);
      if (!dragged.current && Math.hypot(now.x - before.x, now.y - before.y) < 4) return;
      if (!dragged.current) svg.setPointerCapture(event.pointerId);
      dragged.current = true;
      const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      pointers.set(event.pointerId, now);
      setView((view) => {
        if (!view) return view;
        if (!others.length) return { ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y };
        const still = others[0]!;
        const ratio = Math.hypot(now.x - still.x, now.y - still.y) / Math.max(1, Math.hypot(before.x - still.x, before.y - still.y));
        return scaled(svg, view, ratio, { x: (now.x + still.x) / 2, y: (now.y + still.y) / 2 });
      });
    };
    const up = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
      setTimeout(() => { dragged.current = false; }, 0);
    };
    svg.addEventListener("wheel", wheel, { passive: false });
    svg.addEventListener("pointerdown", down);
    svg.addEventListener("pointermove", move);
    svg.addEventListener("pointerup", up);
    svg.addEventListener("pointercancel", up);
    return () => {
      svg.removeEventListener("wheel", wheel);
      svg.removeEventListener("pointerdown", down);
      svg.removeEventListener("pointermove", move);
      svg.removeEventListener("pointerup", up);
      svg.removeEventListener("pointercancel", up);
    };
  }, []);
  return dragged;
}

// --- what stands still -----------------------------------------------------------------------------------------------

function pathText(path: Path): string {
  return path.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

type NetworkProps = Pick<Props, "player" | "graph" | "layout" | "selection" | "select">;

function Network({ player, graph, layout, selection, select }: NetworkProps) {
  const { timeline, position } = player;
  const at = player.current;
  const active = at === -1 ? NONE : timeline.node[at]!;
  const there = { devices: new Set<number>(), up: new Set<number>(), addresses: new globalThis.Map<number, string>() };
  for (const { node } of graph.namespaces) {
    const byName = new globalThis.Map<string, number>();
    for (const { texts } of timeline.tableAt(node, "links", position)) {
      const place = Number(texts[LinkColumn.Place]);
      there.devices.add(place);
      byName.set(texts[LinkColumn.Name]!, place);
      if (texts[LinkColumn.Flags]!.split(",").includes("UP")) there.up.add(place);
    }
    for (const { texts } of timeline.tableAt(node, "addresses", position)) {
      const place = byName.get(texts[0]!);
      if (place === undefined || texts[2] === "link") continue;
      const known = there.addresses.get(place);
      if (known === undefined || (known.includes(":") && !texts[1]!.includes(":"))) there.addresses.set(place, texts[1]!);
    }
  }
  const key = [...there.devices].join() + "|" + [...there.up].join() + "|" + [...there.addresses.values()].join() + "|" +
    JSON.stringify(selection) + active + graph.namespaces.filter(({ spans }) => isThere(spans, position)).length;
  return useMemo(() => (
    <g>
      {outerFirst(graph, layout).map((namespace) => {
        const box = layout.boxes.get(namespace.node);
        if (!box) return null;
        if (!isThere(namespace.spans, position)) return <Absent key={namespace.node} box={box} round={8} />;
        const chosen = selection?.kind === "namespace" && selection.node === namespace.node;
        return (
          <g key={namespace.node} class={`namespace ${namespace.isHost ? "host" : ""} ${chosen ? "chosen" : ""}`}
            {...pressed(() => select({ kind: "namespace", node: namespace.node }), namespace.label)}>
            <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="8" />
          </g>
        );
      })}
      {graph.links.map((link, index) => isThere(link.spans, position) && (
        <path key={index} class={`link ${link.kind}`} d={pathText(layout.paths.get(link) ?? [])} />
      ))}
      {[...graph.devices.values()].map((device) => {
        const box = layout.boxes.get(device.node);
        if (!box) return null;
        if (!there.devices.has(device.node)) return <Absent key={device.node} box={box} round={5} />;
        const chosen = selection?.kind === "device" && selection.node === device.node;
        const classes = ["device", device.kind, there.up.has(device.node) ? "up" : "down",
          chosen ? "chosen" : "", active === device.node ? "active" : ""];
        const below = there.addresses.get(device.node) ?? (there.up.has(device.node) ? device.kind : "down");
        return (
          <g key={device.node} class={classes.join(" ")}
            {...pressed(() => select({ kind: "device", node: device.node }), `${device.name} ${below} in ${timeline.name(device.namespace)}`)}>
            <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={device.kind === "bridge" ? 14 : 5} />
            <text x={box.x + box.width / 2} y={box.y + 17} class="name">{`${device.name} `}</text>
            <text x={box.x + box.width / 2} y={box.y + 32} class="address">{fitting(below, box)}</text>
          </g>
        );
      })}
      {graph.namespaces.map(({ node, label, isHost, spans }) => {
        const box = layout.boxes.get(node);
        if (!box || !isThere(spans, position)) return null;
        return <text key={node} class={`title ${isHost ? "host" : ""}`} x={box.x + 10} y={box.y + 18}>{label}</text>;
      })}
    </g>
  ), [key, layout, graph]);
}

/** A box that holds others is below them. */
function outerFirst(graph: Graph, layout: Layout): DrawnNamespace[] {
  const area = ({ node }: DrawnNamespace): number => (layout.boxes.get(node)?.width ?? 0) * (layout.boxes.get(node)?.height ?? 0);
  return [...graph.namespaces].sort((a, b) => area(b) - area(a));
}

/** What can be pressed, by mouse, finger and keyboard. */
function pressed(action: () => void, label: string) {
  return {
    role: "button" as const, tabindex: 0, "aria-label": label, onClick: action,
    onKeyDown: (event: KeyboardEvent): void => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      action();
    },
  };
}

/** The place of what is not there at this moment. */
function Absent({ box, round }: { box: Box; round: number }) {
  return <rect class="absent" x={box.x} y={box.y} width={box.width} height={box.height} rx={round} />;
}

// --- what moves ------------------------------------------------------------------------------------------------------

/** Clock of the page and frames on their cables. */
function useFrames(
  player: Player, graph: Graph, layout: Layout, group: { current: SVGGElement | null }, reduced: boolean,
  select: (selection: Selection) => void,
): void {
  const cables = useMemo(() => {
    const found = new globalThis.Map<string, { path: Path; turned: boolean }>();
    for (const link of graph.links) {
      if (link.kind !== "cable") continue;
      const path = layout.paths.get(link) ?? [];
      found.set(`${link.from} ${link.to}`, { path, turned: false });
      found.set(`${link.to} ${link.from}`, { path, turned: true });
    }
    return found;
  }, [graph, layout]);
  useEffect(() => {
    const parent = group.current!;
    const pool: SVGGElement[] = [];
    let handle = 0, before = performance.now(), drawn = -1, drawnLength = -1;
    const draw = (now: number): void => {
      handle = requestAnimationFrame(draw);
      player.advance(Math.min(0.1, (now - before) / 1000));
      before = now;
      if (player.beat === drawn && player.position === drawnLength) return;
      drawn = player.beat;
      drawnLength = player.position;
      const seen = visible(player, cables, layout, reduced);
      seen.forEach((each, index) => {
        const element = (pool[index] ??= parent.appendChild(marker(player, select)));
        element.setAttribute("class", `frame ${each.look}`);
        element.setAttribute("transform", `translate(${each.x.toFixed(1)} ${each.y.toFixed(1)})`);
        element.dataset["item"] = String(each.item);
        const text = element.lastElementChild!;
        if (text.textContent !== each.label) text.textContent = each.label;
      });
      while (pool.length > seen.length) pool.pop()!.remove();
    };
    handle = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(handle);
      for (const element of pool) element.remove();
    };
  }, [player, cables, layout, reduced]);
}

function marker(player: Player, select: (selection: Selection) => void): SVGGElement {
  const element = document.createElementNS(SVG, "g");
  const circle = element.appendChild(document.createElementNS(SVG, "circle"));
  circle.setAttribute("r", "9");
  const text = element.appendChild(document.createElementNS(SVG, "text"));
  text.setAttribute("y", "-13");
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    player.pause();
    select({ kind: "event", item: Number(element.dataset["item"]) });
  });
  return element;
}

interface Seen {
  item: number;
  x: number;
  y: number;
  look: string;
  label: string;
}

/** Frames on their way at the present beat, those that were just sent, and where one was just dropped. */
function visible(
  player: Player, cables: globalThis.Map<string, { path: Path; turned: boolean }>, layout: Layout, reduced: boolean,
): Seen[] {
  const { timeline, clock, position, beat } = player;
  const found: Seen[] = [];
  const { hops, latest } = timeline;
  for (let index = hopsBefore(timeline, position) - 1; index >= 0 && found.length < MOST_FRAMES; index--) {
    if (latest[index]! < position) break;
    const { sent, arrived } = hops[index]!;
    if (arrived < position) continue;
    const cable = cables.get(`${timeline.node[sent]} ${timeline.node[arrived]}`);
    if (!cable) continue;
    const begin = clock.at[sent]!, end = clock.at[arrived]!;
    // A step that ends with the departure shows the frame where it left.
    const part = reduced ? 0.5 : Math.max(0, Math.min(1, end > begin ? (beat - begin) / (end - begin) : 0));
    const eased = 0.08 + part * 0.84;
    const [x, y] = along(cable.path, cable.turned ? 1 - eased : eased);
    found.push({ item: sent, x, y, ...looks(player, sent) });
  }
  const at = player.current;
  if (at !== -1) {
    const time = timeline.time[at]!;
    for (let item = at; item >= 0 && timeline.time[item] === time; item--) {
      if (item >= position || timeline.kind[item] !== Kind.Dropped) continue;
      const box = layout.boxes.get(timeline.node[item]!) ?? layout.boxes.get(timeline.namespaceOf(timeline.node[item]!));
      const lost = !timeline.unheard.has(item);
      if (box) found.push({ item, x: box.x + box.width, y: box.y, look: lost ? "drop" : "unheard", label: lost ? "dropped" : "" });
    }
    if (timeline.kind[at] === Kind.Received || timeline.kind[at] === Kind.Delivered) {
      const box = layout.boxes.get(timeline.node[at]!);
      const frame = timeline.kind[at] === Kind.Received;
      if (box && frame) found.push({ item: at, x: box.x, y: box.y, ...looks(player, at) });
    }
  }
  return found;
}

/** How many hops began before a position. */
function hopsBefore({ hops }: { hops: readonly { sent: number }[] }, position: number): number {
  let low = 0, high = hops.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hops[middle]!.sent < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

function looks(player: Player, item: number): { look: string; label: string } {
  const frame = player.timeline.frameOf(item);
  if (!frame) return { look: "other", label: "" };
  const protocol = player.timeline.protocolOf(frame);
  return { look: protocol.toLowerCase().replace(/[^a-z0-9]/g, ""), label: protocol };
}

export { upperBound };
