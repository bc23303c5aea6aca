export type Selection =
  | { kind: "event"; item: number }
  | { kind: "device"; node: number }
  | { kind: "namespace"; node: number }
  | null;
