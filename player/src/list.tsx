// A list of which only the lines on the screen are elements.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  count: number;
  height: number;
  /** The line that is kept in sight, -1 for none. */
  current: number;
  line: (index: number) => ComponentChildren;
  /** What a line is called that shows no text. */
  nameOf?: (index: number) => string | undefined;
  classOf?: (index: number) => string;
  choose: (index: number) => void;
}

let lists = 0;

export function List({ label, count, height, current, line, nameOf, classOf, choose }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, seen: 600 });
  const [name] = useState(() => `list${++lists}`);
  useEffect(() => {
    const box = element.current!;
    const measure = (): void => setScroll({ top: box.scrollTop, seen: box.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const box = element.current!;
    if (current < 0) return;
    const top = current * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
  }, [current, height, count]);
  const first = Math.max(0, Math.floor(scroll.top / height) - 5);
  const last = Math.min(count, Math.ceil((scroll.top + scroll.seen) / height) + 5);
  const lines = [];
  for (let index = first; index < last; index++)
    lines.push(
      <div key={index} id={`${name}-${index}`} role="option" aria-selected={index === current} aria-setsize={count}
        aria-posinset={index + 1} aria-label={nameOf?.(index)} class={`line ${classOf?.(index) ?? ""} ${index === current ? "current" : ""}`}
        style={{ top: `${index * height}px`, height: `${height}px` }} onClick={() => choose(index)}>
        {line(index)}
      </div>,
    );
  const keys = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(scroll.seen / height) - 1);
    const moves: Record<string, number> = {
      ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page, Home: 0, End: count - 1,
    };
    const target = moves[event.key];
    if (target === undefined || !count) return;
    event.preventDefault();
    event.stopPropagation();
    choose(Math.max(0, Math.min(count - 1, target)));
  };
  return (
    <div ref={element} class="list" role="listbox" aria-label={label} tabIndex={0} onKeyDown={keys}
      {...(current >= first && current < last ? { "aria-activedescendant": `${name}-${current}` } : {})}
      onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, seen: event.currentTarget.clientHeight })}>
      <div role="presentation" style={{ height: `${count * height}px` }}>{lines}</div>
    </div>
  );
}
