/** What the page and the worker that runs the network tell each other. */
import type { Engine } from "./engine";

export interface Opening {
  readonly model: ArrayBuffer;
  readonly engine: Engine;
  readonly threads: number;
  /** Addresses of the build of ONNX Runtime that the engine needs. */
  readonly wasm: string;
  readonly mjs: string;
}

export type Question =
  | ({ id: number; kind: "open" } & Opening)
  | { id: number; kind: "predict"; width: number; height: number; rgba: ArrayBuffer };

export type Answer =
  | { id: number; kind: "opened" }
  | { id: number; kind: "depth"; metres: ArrayBuffer; milliseconds: number }
  | { id: number; kind: "failed"; reason: string };
