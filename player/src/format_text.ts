// Numbers as people read them.

/** Simulated time, from nanoseconds: `1.200 035 s`. */
export function timeText(nanoseconds: number): string {
  const micro = Math.round(nanoseconds / 1000);
  const digits = String(micro % 1_000_000).padStart(6, "0");
  return `${Math.floor(micro / 1_000_000)}.${digits.slice(0, 3)}\u202f${digits.slice(3)} s`;
}

export function numberText(value: number): string {
  return value.toLocaleString("en-US").replaceAll(",", "\u202f");
}

/** Rows of sixteen bytes, as hexadecimal digits and as ASCII. */
export function hexRows(hex: string): { offset: string; bytes: string[]; ascii: string[] }[] {
  const rows = [];
  for (let at = 0; at < hex.length; at += 32) {
    const bytes = hex.slice(at, at + 32).match(/../g) ?? [];
    const ascii = bytes.map((byte) => {
      const code = parseInt(byte, 16);
      return code >= 32 && code < 127 ? String.fromCharCode(code) : "·";
    });
    rows.push({ offset: (at / 2).toString(16).padStart(4, "0"), bytes, ascii });
  }
  return rows;
}
