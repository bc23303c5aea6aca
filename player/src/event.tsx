// An event of a packet: what happened, the journey it belongs to, and the frame with its layers and bytes.

import { useState } from "preact/hooks";
import { Kind, NONE } from "./format";
import { hexRows, timeText } from "./format_text";
import { isLoss } from "./log";
import type { Player } from "./player";
import type { Layer } from "./timeline";

export const KIND_NAMES: Record<number, string> = {
  [Kind.Made]: "made", [Kind.Transmitted]: "sent", [Kind.Received]: "received", [Kind.Filtered]: "rules",
  [Kind.Routed]: "route", [Kind.Waiting]: "waits", [Kind.Delivered]: "delivered", [Kind.Dropped]: "dropped",
};

/** Events of a journey that are shown at once. */
const MOST = 200;

export function EventPanel({ player, item, choose }: { player: Player; item: number; choose: (item: number) => void }) {
  const { timeline } = player;
  const packet = timeline.packet[item]!;
  const journey = timeline.events.filter((other) => timeline.packet[other] === packet);
  const frame = timeline.frameOf(item) ?? journey.map((other) => timeline.frameOf(other)).find((other) => other) ?? null;
  const dropped = isLoss(timeline, item);
  const at = journey.indexOf(item);
  const shown = journey.slice(Math.max(0, at - MOST / 2), at + MOST / 2);
  return (
    <>
      <h2>Packet {packet}</h2>
      <p class={dropped ? "drop" : ""}>
        <b>{timeline.name(timeline.namespaceOf(timeline.node[item]!))}</b>, {timeText(timeline.time[item]! + timeline.begins)}:{" "}
        {timeline.describe(item)}
      </p>
      {frame && <Frame key={frame[0]} hex={frame[0]} layers={timeline.layersOf(frame)} />}
      <h3>Its way</h3>
      {shown.length < journey.length && <p>{shown.length} of {journey.length} events.</p>}
      <ol class="journey">
        {shown.map((other) => (
          <li key={other}>
            <button class={`journey-step ${other === item ? "current" : ""} ${isLoss(timeline, other) ? "drop" : ""}`}
              {...(other === item ? { "aria-current": "step" as const } : {})} onClick={() => choose(other)}>
              <span class="where">{timeline.name(timeline.namespaceOf(timeline.node[other]!))}</span> {timeline.describe(other)}
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

function Frame({ hex, layers }: { hex: string; layers: Layer[] }) {
  const [open, setOpen] = useState(NONE);
  let begin = 0;
  const ranges = layers.map(({ length }) => {
    const range = [begin, begin + length] as const;
    begin += length;
    return range;
  });
  const chosen = open === NONE ? null : ranges[open]!;
  const marked = (index: number): string => (chosen && index >= chosen[0] && index < chosen[1] ? "marked" : "");
  return (
    <>
      <h3>Layers</h3>
      {layers.map((layer, index) => (
        <details key={index} class="layer" onToggle={(event) => {
          if (event.currentTarget.open) setOpen(index);
          else if (open === index) setOpen(NONE);
        }}>
          <summary>
            <b>{layer.name}</b> <span class="size">{layer.length} bytes</span>{" "}
            <span class="glance">{layer.fields.slice(0, 3).map(([, value]) => value).join(" · ")}</span>
          </summary>
          <dl class="fields">
            {layer.fields.map(([name, value]) => <div key={name}><dt>{name.replaceAll("_", " ")}</dt><dd>{value}</dd></div>)}
          </dl>
        </details>
      ))}
      <h3>Bytes</h3>
      <div class="hex" tabIndex={0} role="region" aria-label="Bytes of the frame">
        {hexRows(hex).map((row, line) => (
          <div key={line}>
            <span class="offset">{row.offset}</span>
            {row.bytes.map((byte, index) => <span key={index} class={marked(line * 16 + index)}>{byte}</span>)}
            <span class="ascii">{row.ascii.map((text, index) => <span key={index} class={marked(line * 16 + index)}>{text}</span>)}</span>
          </div>
        ))}
      </div>
    </>
  );
}
