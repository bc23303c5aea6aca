// The commands and their output, as on a terminal, and the events of packets: lists beside the picture.

import { useMemo } from "preact/hooks";
import { Kind, NONE } from "./format";
import { timeText } from "./format_text";
import { usePlayer } from "./hooks";
import { List } from "./list";
import type { Player } from "./player";
import type { Timeline } from "./timeline";
import { upperBound } from "./search";
import { KIND_NAMES } from "./event";

interface LogLine {
  command: number;
  text: string;
  isCommand: boolean;
}

/** Lines of output of one command that are kept. */
const MOST_LINES = 400;

/** Lines of a command that are shown, of one that has more. */
const MOST_TYPED = 6;
export function logLines(player: Player): LogLine[] {
  const lines: LogLine[] = [];
  const { timeline } = player;
  timeline.commands.forEach(({ line, depth, output, status, ended }, command) => {
    if (!timeline.shows(command)) return;
    const whole = line.split("\n");
    const shown = whole.length > MOST_TYPED ? [...whole.slice(0, MOST_TYPED - 1), `(${whole.length - MOST_TYPED + 1} more lines)`] : whole;
    shown.forEach((text, index) =>
      lines.push({ command, text: `${index ? ">" : depth ? "  +" : "$"} ${text}`, isCommand: true }));
    const printed = output ? output.replace(/\n$/, "").split("\n") : [];
    for (const text of printed.slice(0, MOST_LINES)) lines.push({ command, text, isCommand: false });
    if (printed.length > MOST_LINES)
      lines.push({ command, text: `(${printed.length - MOST_LINES} more lines)`, isCommand: false });
    if (status && ended !== NONE) lines.push({ command, text: `[${status}]`, isCommand: false });
  });
  return lines;
}

export function Log({ player, lines }: { player: Player; lines: LogLine[] }) {
  usePlayer(player);
  const { timeline, position } = player;
  const shown = useMemo(() => [...new Set(lines.map(({ command }) => command))], [lines]);
  const starts = useMemo(() => shown.map((command) => timeline.commands[command]!.begun + 1), [shown]);
  const running = shown[upperBound(starts, position) - 1] ?? NONE;
  const current = lines.findIndex(({ command }) => command === running);
  const choose = (index: number): void => {
    const line = lines[index]!;
    // Down from a command is to the next one, past its output.
    const past = line.command === running && index === current + 1;
    const target = past ? shown[shown.indexOf(running) + 1] ?? running : line.command;
    const command = timeline.commands[target]!;
    player.pause();
    player.go(command.begun + 1);
  };
  return (
    <List label="Commands" count={lines.length} height={20} current={current} choose={choose}
      classOf={(index) => {
        const { command, isCommand } = lines[index]!;
        const { ended } = timeline.commands[command]!;
        const state = command > running ? "later" : command === running ? "running" : "";
        return `${isCommand ? "command" : "output"} ${state} ${ended !== NONE && ended < position ? "over" : ""}`;
      }}
      nameOf={(index) => (lines[index]!.text.trim() ? undefined : "an empty line")}
      line={(index) => <code>{lines[index]!.text || " "}</code>} />
  );
}

export function Events({ player, drops, choose }: { player: Player; drops: boolean; choose: (item: number) => void }) {
  usePlayer(player);
  const { timeline, position } = player;
  const items = drops ? timeline.drops : timeline.events;
  const current = upperBound(items, position - 1) - 1;
  if (!items.length) return <p class="empty">{drops ? "Nothing was dropped." : "No packets."}</p>;
  return (
    <List label={drops ? "Dropped packets" : "Events of packets"} count={items.length} height={24} current={current}
      choose={(index) => choose(items[index]!)}
      classOf={(index) => (isLoss(timeline, items[index]!) ? "drop" : "")}
      line={(index) => {
        const item = items[index]!;
        return (
          <>
            <span class="time">{timeText(timeline.time[item]! + timeline.begins)}</span>
            <span class="where">{timeline.name(timeline.namespaceOf(timeline.node[item]!))}</span>
            <span class="kind">{KIND_NAMES[timeline.kind[item]!]}</span>
            <span class="what">{timeline.describe(item)}</span>
          </>
        );
      }} />
  );
}

export function isLoss({ kind, unheard }: Timeline, item: number): boolean {
  return kind[item] === Kind.Dropped && !unheard.has(item);
}
