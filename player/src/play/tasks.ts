// The tasks of a lesson's step, below the terminal.

export interface Progress {
  title: string;
  step: number;
  steps: number;
  over: boolean;
  tasks: { title: string; points: number; mark: string }[];
}

export function showTasks(root: HTMLElement, progress: Progress | null, type: (line: string) => void): void {
  root.hidden = progress === null;
  root.replaceChildren();
  if (!progress) return;
  const heading = document.createElement("h2");
  heading.textContent = progress.over
    ? `${progress.title}: the end`
    : `${progress.title}: step ${progress.step} of ${progress.steps}`;
  const list = document.createElement("ul");
  for (const { title, points, mark } of progress.tasks) {
    const item = document.createElement("li");
    item.textContent = `${mark ? `${mark}: ` : ""}${title} (${points} point${points === 1 ? "" : "s"})`;
    item.className = mark;
    list.append(item);
  }
  root.append(heading, list);
  for (const [line, text] of progress.over ? [] : [["check", "Check"], ["hint", "Hint"], ["next", "Next"]] as const) {
    const button = document.createElement("button");
    button.textContent = text;
    button.onclick = () => type(line);
    root.append(button);
  }
}
