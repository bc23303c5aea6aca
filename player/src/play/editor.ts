// A line that is typed below what a terminal has shown: cursor keys, history, search, completion.
//
// Keys are those of readline's emacs mode.  Characters are taken as one column wide.

const CTRL = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 31);

export interface Screen {
  write(text: string): void;
  readonly columns: number;
}

export interface Typist {
  line(text: string): void;
  /** Ctrl-C, Ctrl-D or Ctrl-Z. */
  key(key: string): void;
  complete(before: string): void;
}

export class Editor {
  private buffer = "";
  private cursor = 0;
  private prompt = "";
  private ready = false;
  private drawn = 0;
  private readonly history: string[] = [];
  private at = 0;
  /** The line that was typed before one of the history was taken. */
  private begun = "";
  /** What Ctrl-R looks for; null: it does not. */
  private sought: string | null = null;
  /** What is shown and has not ended its line. */
  private open = "";

  constructor(private readonly screen: Screen, private readonly typist: Typist) {}

  /** The prompt of who reads; not `ready`: a command runs. */
  setPrompt(prompt: string, ready: boolean): void {
    this.erase();
    this.prompt = prompt;
    this.ready = ready;
    this.draw();
  }

  /** What the machine shows, above the line that is typed. */
  show(text: string): void {
    this.erase();
    if (this.ready && this.open && this.open !== this.prompt) this.screen.write(this.open);
    this.screen.write(text);
    const last = text.lastIndexOf("\n");
    this.open = last < 0 ? this.open + text : text.slice(last + 1);
    this.draw();
  }

  /** A new machine: nothing of the old one stays but the history. */
  reset(): void {
    this.buffer = this.open = this.begun = "";
    this.at = this.history.length;
    this.cursor = this.drawn = 0;
    this.sought = null;
    this.ready = false;
    this.screen.write("\x1bc");
  }

  completions(before: string, names: readonly string[]): void {
    if (!this.ready || this.buffer.slice(0, this.cursor) !== before) return;
    const word = /\S*$/.exec(before)![0];
    const common = names.reduce((found, name) => {
      while (!name.startsWith(found)) found = found.slice(0, -1);
      return found;
    }, names[0] ?? word);
    if (common.length > word.length || names.length === 1)
      this.change(() => this.insert(common.slice(word.length) + (names.length === 1 ? " " : "")));
    else if (names.length > 1) {
      this.screen.write(`\r\n${names.slice(0, 100).join("  ")}${names.length > 100 ? "  …" : ""}\r\n`);
      this.drawn = 0;
      this.draw();
    }
  }

  /** What the terminal got from the keyboard or the clipboard. */
  take(data: string): void {
    if (data.startsWith("\x1b")) return this.escape(data);
    for (const character of data.replace(/\r\n?/g, "\n")) this.character(character);
  }

  private escape(data: string): void {
    const moves: Record<string, () => void> = {
      "[D": () => this.cursor--, "[C": () => this.cursor++, "[A": () => this.recall(-1), "[B": () => this.recall(1),
      "[H": () => (this.cursor = 0), "[F": () => (this.cursor = this.buffer.length),
      "[3~": () => this.cut(this.cursor, this.cursor + 1),
      "b": () => (this.cursor = this.wordStart()), "f": () => (this.cursor = this.wordEnd()),
    };
    const move = moves[data.slice(1).replace(/^O/, "[")];
    if (move) this.change(() => { this.sought = null; move(); });
    else if (data === "\x1b") this.change(() => (this.sought = null));
    else if (data.startsWith("\x1b[200~")) this.take(data.slice(6).replace(/\x1b\[201~$/, ""));
  }

  private character(character: string): void {
    if (character === "\n") return this.enter();
    if (character === "\t") {
      if (this.ready) this.typist.complete(this.buffer.slice(0, this.cursor));
      return;
    }
    if (character === CTRL("C") || character === CTRL("Z")) return this.signal(character);
    if (character === CTRL("D") && !this.buffer) return this.typist.key(character);
    if (character === CTRL("R")) return this.change(() => (this.sought === null ? (this.sought = "") : this.find(this.at)));
    if (this.sought !== null && (character >= " " || character === "\x7f")) {
      this.sought = character === "\x7f" ? this.sought.slice(0, -1) : this.sought + character;
      return this.change(() => this.find(this.history.length));
    }
    const edits: Record<string, () => void> = {
      "\x7f": () => this.cut(this.cursor - 1, this.cursor), "\b": () => this.cut(this.cursor - 1, this.cursor),
      [CTRL("A")]: () => (this.cursor = 0), [CTRL("E")]: () => (this.cursor = this.buffer.length),
      [CTRL("B")]: () => this.cursor--, [CTRL("F")]: () => this.cursor++,
      [CTRL("D")]: () => this.cut(this.cursor, this.cursor + 1),
      [CTRL("K")]: () => this.cut(this.cursor, this.buffer.length), [CTRL("U")]: () => this.cut(0, this.cursor),
      [CTRL("W")]: () => this.cut(this.wordStart(), this.cursor),
      [CTRL("P")]: () => this.recall(-1), [CTRL("N")]: () => this.recall(1),
      [CTRL("L")]: () => { this.screen.write("\x1b[2J\x1b[H"); this.drawn = 0; },
    };
    const edit = edits[character] ?? (character >= " " ? () => this.insert(character) : null);
    if (!edit) return;
    this.change(() => { this.sought = null; edit(); });
  }

  private enter(): void {
    const line = this.buffer;
    this.sought = null;
    this.cursor = this.buffer.length;
    if (this.ready) { this.erase(); this.draw(); }
    this.screen.write("\r\n");
    if (line.trim() && line !== this.history[this.history.length - 1]) this.history.push(line);
    this.forget();
    this.ready = false;
    this.typist.line(line);
  }

  private signal(key: string): void {
    if (this.ready && key === CTRL("Z")) return;
    this.screen.write("^" + String.fromCharCode(key.charCodeAt(0) + 64));
    if (this.ready) this.screen.write("\r\n");
    this.sought = null;
    this.forget();
    this.draw();
    this.typist.key(key);
  }

  private forget(): void {
    this.buffer = this.open = this.begun = "";
    this.cursor = this.drawn = 0;
    this.at = this.history.length;
  }

  private insert(text: string): void {
    this.buffer = this.buffer.slice(0, this.cursor) + text + this.buffer.slice(this.cursor);
    this.cursor += text.length;
  }

  private cut(from: number, to: number): void {
    from = Math.max(0, from);
    this.buffer = this.buffer.slice(0, from) + this.buffer.slice(Math.max(from, to));
    this.cursor = from;
  }

  private wordStart(): number {
    return this.buffer.slice(0, this.cursor).replace(/\S+\s*$/, "").length;
  }

  private wordEnd(): number {
    return this.cursor + /^\s*\S*/.exec(this.buffer.slice(this.cursor))![0].length;
  }

  private recall(by: number): void {
    const to = this.at + by;
    if (to < 0 || to > this.history.length) return;
    if (this.at === this.history.length) this.begun = this.buffer;
    this.at = to;
    this.buffer = this.history[to] ?? this.begun;
    this.cursor = this.buffer.length;
  }

  private find(before: number): void {
    for (let index = before - 1; index >= 0; index--)
      if (this.history[index]!.includes(this.sought!)) {
        this.at = index;
        this.buffer = this.history[index]!;
        this.cursor = this.buffer.length;
        return;
      }
  }

  private change(edit: () => void): void {
    const before = this.buffer;
    this.erase();
    edit();
    this.cursor = Math.max(0, Math.min(this.cursor, this.buffer.length));
    // What is typed while a command runs is shown where the cursor is, as a terminal does.
    if (!this.ready && this.buffer.startsWith(before)) this.screen.write(this.buffer.slice(before.length));
    this.draw();
  }

  /** From the first column of the prompt on. */
  private erase(): void {
    if (!this.ready) return;
    this.screen.write(`${this.drawn ? `\x1b[${this.drawn}A` : ""}\r\x1b[J`);
    this.drawn = 0;
  }

  private draw(): void {
    if (!this.ready) return;
    const prompt = this.sought === null ? this.prompt : `(reverse-i-search)\`${this.sought}': `;
    const { columns } = this.screen;
    const end = prompt.length + this.buffer.length, here = prompt.length + this.cursor;
    const row = Math.floor(end / columns), up = row - Math.floor(here / columns);
    // At the right margin the cursor waits behind the last column.
    this.screen.write(prompt + this.buffer + (end && end % columns === 0 ? "\r\n" : ""));
    this.screen.write(`${up ? `\x1b[${up}A` : ""}\r${here % columns ? `\x1b[${here % columns}C` : ""}`);
    this.drawn = row - up;
  }
}
