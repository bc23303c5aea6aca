// The page: the picture, the panels beside it, and the controls below.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { NONE } from "./format";
import { numberText, timeText } from "./format_text";
import { carryOver, graphOf, shapeOf, type Graph } from "./graph";
import { Icon } from "./icons";
import { usePlayer } from "./hooks";
import { layOut, type Layout } from "./layout";
import { Events, Log, logLines } from "./log";
import { Map } from "./map";
import { SPEEDS, type Player } from "./player";
import type { Selection } from "./selection";
import { DevicePanel, NamespacePanel } from "./tables";
import { EventPanel } from "./event";

type Tab = "commands" | "events" | "drops" | "details";

interface Props {
  player: Player;
}

export function App({ player }: Props) {
  usePlayer(player);
  const { timeline } = player;
  const [tab, setTab] = useState<Tab>("commands");
  const [selection, setSelection] = useState<Selection>(null);
  const graph = useGraph(player);
  const [layout, problem] = useMemo(() => attempted(graph), [graph]);
  const lines = useMemo(() => logLines(player), [timeline.length]);
  const reduced = useMedia("(prefers-reduced-motion: reduce)");
  const select = (chosen: Selection): void => {
    setSelection(chosen);
    setTab("details");
  };
  const chooseEvent = (item: number): void => {
    player.pause();
    player.goToItem(item);
    setSelection({ kind: "event", item });
  };
  useKeys(player, () => {
    const item = player.current;
    if (item !== -1 && timeline.node[item] !== NONE) select({ kind: "event", item });
  });
  const tabs: [Tab, string][] = [
    ["commands", "Commands"], ["events", "Events"],
    ["drops", `Dropped ${numberText(timeline.drops.length)}`], ["details", "Details"],
  ];
  return (
    <div class="app">
      <header>
        <h1>{timeline.title}</h1>
        {timeline.cutAt !== null && (
          <p class="cut" role="alert">
            This run was too long: the {numberText(timeline.leftOut)} events after{" "}
            {timeText(timeline.cutAt)} are not in this file, and tables stay as they were then.
          </p>
        )}
        {problem && <p class="cut" role="alert">{problem}</p>}
      </header>
      <main>
        <section class="picture" aria-label="Picture">
          {layout && <Map player={player} graph={graph} layout={layout} selection={selection} select={select} reduced={reduced} />}
          <Now player={player} choose={(item) => select({ kind: "event", item })} />
        </section>
        <section class="panels" aria-label="Panels">
          <div class="tabs" role="tablist" aria-label="Panels" onKeyDown={(event) => {
            const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
            if (!step) return;
            event.stopPropagation();
            const index = (tabs.findIndex(([name]) => name === tab) + step + tabs.length) % tabs.length;
            setTab(tabs[index]![0]);
            (event.currentTarget.children[index] as HTMLElement).focus();
          }}>
            {tabs.map(([name, title]) => (
              <button key={name} role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="panel"
                tabIndex={tab === name ? 0 : -1} onClick={() => setTab(name)}>{title}</button>
            ))}
          </div>
          <div class={`panel ${tab}`} role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}
            tabIndex={tab === "details" ? 0 : -1}>
            {tab === "commands" && <Log player={player} lines={lines} />}
            {tab === "events" && <Events player={player} drops={false} choose={chooseEvent} />}
            {tab === "drops" && (
              <Events player={player} drops={true} choose={(item) => { chooseEvent(item); setTab("details"); }} />
            )}
            {tab === "details" && <Details player={player} selection={selection} choose={chooseEvent} />}
          </div>
        </section>
      </main>
      <Controls player={player} />
    </div>
  );
}

/** Where everything is drawn, or a sentence: the rest of the page needs no picture. */
function attempted(graph: Graph): [Layout | null, string] {
  try {
    return [layOut(graph), ""];
  } catch (error) {
    return [null, `The picture cannot be drawn: ${String(error)}`];
  }
}

/** The graph of all that there was; the same one as long as nothing was added to it, so that the layout stays. */
function useGraph(player: Player): Graph {
  const { timeline } = player;
  const known = useRef<Graph | null>(null);
  return useMemo(() => {
    const graph = graphOf(timeline);
    if (!known.current || shapeOf(known.current) !== shapeOf(graph)) known.current = graph;
    else Object.assign(known.current, carryOver(known.current, graph));
    return known.current;
  }, [timeline.length]);
}

function Details({ player, selection, choose }: { player: Player; selection: Selection; choose: (item: number) => void }) {
  usePlayer(player);
  if (!selection)
    return <p class="empty">Choose a device, a machine or a frame in the picture, or an event in the list.</p>;
  switch (selection.kind) {
    case "event": return <EventPanel player={player} item={selection.item} choose={choose} />;
    case "device": return <DevicePanel player={player} node={selection.node} />;
    case "namespace": return <NamespacePanel player={player} node={selection.node} />;
  }
}

/** What happened last, in one line below the picture. */
function Now({ player, choose }: { player: Player; choose: (item: number) => void }) {
  usePlayer(player);
  const { timeline } = player;
  const item = player.current;
  if (item === -1) return <p class="now">The beginning.</p>;
  const where = timeline.name(timeline.namespaceOf(timeline.node[item]!));
  const text = `${where}${where && " "}${timeline.describe(item)}`;
  if (timeline.node[item] === NONE) return <p class="now">{text}</p>;
  return <p class="now"><button onClick={() => choose(item)}>{text}</button></p>;
}

function Controls({ player }: { player: Player }) {
  usePlayer(player);
  const { timeline, clock } = player;
  const time = player.position ? timeline.time[player.position - 1]! : 0;
  const marks = useMemo(() => drops(player), [timeline.length]);
  return (
    <footer class="controls">
      <div class="buttons" role="group" aria-label="Playback">
        <button onClick={() => player.back("command")} aria-label="Previous command" title="Previous command: ["><Icon name="previous" /></button>
        <button onClick={() => player.back()} aria-label="Step back" title="Step back: ←"><Icon name="back" /></button>
        <button class="play" onClick={() => player.toggle()} aria-label={player.playing ? "Pause" : "Play"} title="Space">
          <Icon name={player.playing ? "pause" : "play"} />
        </button>
        <button onClick={() => player.step()} aria-label="Step" title="Step: →"><Icon name="step" /></button>
        <button onClick={() => player.step("command")} aria-label="Next command" title="Next command: ]"><Icon name="next" /></button>
        <select aria-label="Speed" value={String(player.speed)} onChange={(event) => player.setSpeed(Number(event.currentTarget.value))}>
          {SPEEDS.map((speed) => <option key={speed} value={String(speed)}>{speed}×</option>)}
        </select>
      </div>
      <div class="track">
        <input type="range" aria-label="Time" min="0" max={clock.end} step="any" value={player.beat}
          aria-valuetext={timeText(time + timeline.begins)}
          onKeyDown={(event) => { if (event.key.startsWith("Arrow")) event.preventDefault(); }}
          onInput={(event) => { player.pause(); player.goToBeat(Number(event.currentTarget.value)); }} />
        <svg class="marks" viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true">
          {marks.map((x) => <rect key={x} x={x} y="0" width="2" height="6" />)}
        </svg>
      </div>
      <output class="time">{timeText(time + timeline.begins)}<small> {numberText(player.position)} / {numberText(timeline.length)}</small></output>
    </footer>
  );
}

/** Where on the track, in thousandths, something was dropped: each place once. */
function drops(player: Player): number[] {
  const { clock, timeline } = player;
  return [...new Set(timeline.drops.map((item) => Math.round((clock.at[item]! / (clock.end || 1)) * 1000)))];
}

function useMedia(query: string): boolean {
  const media = useMemo(() => matchMedia(query), [query]);
  const [matches, setMatches] = useState(media.matches);
  useEffect(() => {
    const change = (): void => setMatches(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, [media]);
  return matches;
}

function useKeys(player: Player, details: () => void): void {
  useEffect(() => {
    const keys = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|TEXTAREA)$/.test(target.tagName)) return;
      if (event.key === " " && (target.tagName === "BUTTON" || target.tagName === "SUMMARY")) return;
      if (event.key === "Enter" && target !== document.body) return;
      const actions: Record<string, () => void> = {
        " ": () => player.toggle(), ArrowRight: () => player.step(event.shiftKey ? "frame" : "event"),
        ArrowLeft: () => player.back(event.shiftKey ? "frame" : "event"), "]": () => player.step("command"),
        "[": () => player.back("command"), Home: () => player.go(0), End: () => player.go(player.timeline.length),
        "+": () => player.setSpeed(next(player.speed, 1)), "-": () => player.setSpeed(next(player.speed, -1)), Enter: details,
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  });
}

function next(speed: number, by: number): number {
  const index = SPEEDS.findIndex((each) => each === speed) + by;
  return SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, index))]!;
}
