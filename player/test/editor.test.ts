import { describe, expect, it } from "vitest";
import { Editor } from "../src/play/editor";

const UP = "\x1b[A", DOWN = "\x1b[B", LEFT = "\x1b[D", RIGHT = "\x1b[C", HOME = "\x1b[H", END = "\x1b[F";
const ctrl = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 31);

/** What a terminal of that width shows: only what the editor writes. */
class Terminal {
  rows = [""];
  row = 0;
  column = 0;
  constructor(readonly columns = 80) {}

  write(text: string): void {
    for (const [, up, down, right, clear, whole, reset, other] of
      text.matchAll(/\x1b\[(\d+)A|\x1b\[(\d+)B|\x1b\[(\d+)C|(\x1b\[J)|(\x1b\[2J\x1b\[H)|(\x1bc)|([^])/g)) {
      if (up) this.row -= Number(up);
      else if (down) this.row += Number(down);
      else if (right) this.column += Number(right);
      else if (clear) {
        this.rows.length = this.row + 1;
        this.rows[this.row] = (this.rows[this.row] ?? "").slice(0, this.column);
      } else if (whole || reset) { this.rows = [""]; this.row = this.column = 0; }
      else if (other === "\r") this.column = 0;
      else if (other === "\n") { this.row++; if (!text.includes("\r\n")) this.column = 0; this.rows[this.row] ??= ""; }
      else this.put(other!);
    }
  }

  private put(character: string): void {
    if (this.column === this.columns) { this.column = 0; this.row++; this.rows[this.row] ??= ""; }
    const line = (this.rows[this.row] ?? "").padEnd(this.column);
    this.rows[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1);
    this.column++;
  }

  get shown(): string {
    return this.rows.map((row) => row.trimEnd()).join("\n").trimEnd();
  }
}

function opened(columns = 80) {
  const terminal = new Terminal(columns), sent: string[] = [], keys: string[] = [], asked: string[] = [];
  const editor = new Editor(terminal, {
    line: (text) => sent.push(text), key: (key) => keys.push(key), complete: (before) => asked.push(before),
  });
  editor.setPrompt("$ ", true);
  /** Types lines that the machine answers with a new prompt. */
  const run = (...lines: string[]): void => {
    for (const line of lines) { editor.take(`${line}\r`); editor.setPrompt("$ ", false); editor.setPrompt("$ ", true); }
  };
  return { editor, terminal, sent, keys, asked, run };
}

describe("a line is edited as readline does", () => {
  it.each([
    ["abc", "abc"],
    [`ac${LEFT}b`, "abc"],
    [`bc${HOME}a${END}d`, "abcd"],
    [`bc${ctrl("A")}a${ctrl("E")}d`, "abcd"],
    [`abx\x7fc`, "abc"],
    [`axbc${LEFT}${LEFT}${LEFT}\x1b[3~`, "abc"],
    [`axbc${HOME}${RIGHT}${ctrl("D")}`, "abc"],
    [`ip netns add${ctrl("W")}del`, "ip netns del"],
    [`nonsense${ctrl("U")}ls`, "ls"],
    [`ls -l${LEFT}${LEFT}${LEFT}${ctrl("K")}`, "ls"],
    [`one three\x1bbtwo `, "one two three"],
    [`one three${HOME}\x1bf two`, "one two three"],
    [`${LEFT}${LEFT}a${RIGHT}${RIGHT}b`, "ab"],
    [`\x7f\x7fa`, "a"],
    ["\x1b[200~pasted\x1b[201~", "pasted"],
    ["\x1b[15~\x1b[1;5Cx", "x"],
  ])("%j is the line %j", (keys, line) => {
    const { editor, sent, terminal } = opened();
    for (const part of keys.match(/\x1b\[200~.*?\x1b\[201~|\x1b\[[\d;]*[A-Za-z~]|\x1b[bf]|[^]/g)!) editor.take(part);
    expect(terminal.shown).toBe(`$ ${line}`.trimEnd());
    editor.take("\r");
    expect(sent).toEqual([line]);
  });

  it("lines that are pasted are typed one after the other", () => {
    const { editor, sent } = opened();
    editor.take("\x1b[200~one\r\ntwo\nthr\x1b[201~");
    expect(sent).toEqual(["one", "two"]);
    editor.setPrompt("$ ", true);
    editor.take("ee\r");
    expect(sent[2]).toBe("three");
  });

  it.each([7, 10, 80])("a line that is longer than a terminal of %i columns is drawn whole and erased whole", (columns) => {
    const { editor, terminal } = opened(columns);
    const line = "abcdefghijklmnopqrstuvwxyz";
    editor.take(line);
    expect(terminal.rows.map((row) => row.trimEnd()).join("")).toBe(`$ ${line}`);
    for (let presses = 0; presses < 20; presses++) editor.take(LEFT);
    editor.take("-");
    expect(terminal.rows.map((row) => row.trimEnd()).join("")).toBe("$ abcdef-ghijklmnopqrstuvwxyz");
    editor.take(ctrl("E"));
    editor.take(ctrl("U"));
    expect(terminal.shown).toBe("$");
  });
});

describe("history", () => {
  it("goes up and down, without lines that are empty or the same", () => {
    const { editor, run, sent } = opened();
    run("one", "", "two", "two");
    editor.take(UP);
    editor.take(UP);
    editor.take("!\r");
    expect(sent.at(-1)).toBe("one!");
    editor.setPrompt("$ ", true);
    for (const key of [UP, UP, UP, UP, UP, DOWN]) editor.take(key);
    editor.take("\r");
    expect(sent.at(-1)).toBe("two");
  });

  it("down from the last line is the line that was begun", () => {
    const { editor, run, sent } = opened();
    run("one");
    editor.take("begun");
    editor.take(UP);
    editor.take(DOWN);
    editor.take("\r");
    expect(sent.at(-1)).toBe("begun");
  });

  it("Ctrl-R finds the latest, again an earlier one, and says what it looks for", () => {
    const { editor, run, sent, terminal } = opened();
    run("ip netns add red", "ip addr", "ip link");
    editor.take(ctrl("R"));
    editor.take("ip");
    expect(terminal.shown.split("\n").at(-1)).toBe("(reverse-i-search)`ip': ip link");
    editor.take(ctrl("R"));
    editor.take("\r");
    expect(sent.at(-1)).toBe("ip addr");
  });

  it("a search that Ctrl-C ends sends nothing", () => {
    const { editor, run, sent, keys } = opened();
    run("one");
    editor.take(ctrl("R"));
    editor.take("o");
    editor.take(ctrl("C"));
    editor.take("\r");
    expect(sent).toEqual(["one", ""]);
    expect(keys).toEqual([ctrl("C")]);
  });
});

describe("completion", () => {
  it("asks with what is before the cursor, and takes one name with a space after it", () => {
    const { editor, asked, sent } = opened();
    editor.take("ip netns exec r");
    editor.take("\t");
    expect(asked).toEqual(["ip netns exec r"]);
    editor.completions("ip netns exec r", ["red"]);
    editor.take("ls\r");
    expect(sent).toEqual(["ip netns exec red ls"]);
  });

  it("takes what several names begin with, and lists them where there is nothing to take", () => {
    const { editor, terminal, sent } = opened();
    editor.take("ip a");
    editor.completions("ip a", ["addr", "address"]);
    expect(terminal.shown).toBe("$ ip addr");
    editor.completions("ip addr", ["addr", "address"]);
    expect(terminal.shown).toBe("$ ip addr\naddr  address\n$ ip addr");
    editor.take("\r");
    expect(sent).toEqual(["ip addr"]);
  });

  it("an answer that comes too late, or names nothing, changes nothing", () => {
    const { editor, terminal } = opened();
    editor.take("ip netns");
    editor.completions("ip n", ["neigh"]);
    editor.completions("ip netns", []);
    expect(terminal.shown).toBe("$ ip netns");
  });

  it("while a command runs nothing is asked for", () => {
    const { editor, asked } = opened();
    editor.setPrompt("", false);
    editor.take("\t");
    expect(asked).toEqual([]);
  });
});

describe("what the machine shows", () => {
  it("stands above the line that is typed", () => {
    const { editor, terminal } = opened();
    editor.take("ec");
    editor.show("[1]+  Done\n");
    editor.take("ho");
    expect(terminal.shown).toBe("[1]+  Done\n$ echo");
  });

  it("keeps the prompt of a program that reads", () => {
    const { editor, terminal, sent } = opened();
    editor.take("read -p 'name? ' x\r");
    editor.setPrompt("", false);
    editor.show("name? ");
    editor.setPrompt("name? ", true);
    editor.take("anna\r");
    expect(sent.at(-1)).toBe("anna");
    expect(terminal.shown.split("\n").at(-1)).toBe("name? anna");
  });

  it("Ctrl-C, Ctrl-Z and Ctrl-D reach a program that runs; at a prompt Ctrl-Z does nothing", () => {
    const { editor, keys } = opened();
    editor.take(ctrl("Z"));
    expect(keys).toEqual([]);
    editor.setPrompt("", false);
    for (const letter of "CZD") editor.take(ctrl(letter));
    expect(keys).toEqual([ctrl("C"), ctrl("Z"), ctrl("D")]);
  });

  it("a new machine has an empty terminal, and the history stays", () => {
    const { editor, terminal, run, sent } = opened();
    run("one");
    editor.take("half");
    editor.reset();
    editor.setPrompt("$ ", true);
    expect(terminal.shown).toBe("$");
    editor.take(UP);
    editor.take("\r");
    expect(sent.at(-1)).toBe("one");
  });
});
