/** What the page and the worker that runs the network tell each other. */
export type Question =
  | { id: number; kind: "open"; model: ArrayBuffer; threads: number; wasm: string; mjs: string }
  | { id: number; kind: "predict"; width: number; height: number; rgba: ArrayBuffer };

export type Answer =
  | { id: number; kind: "opened" }
  | { id: number; kind: "depth"; metres: ArrayBuffer; milliseconds: number }
  | { id: number; kind: "failed"; reason: string };
