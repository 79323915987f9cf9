/** The page's network: fetched once, run in a worker. */
import mjsAddress from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmAddress from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { DepthMap } from "../depth_map";
import { Problem } from "../problem";
import type { Answer, Question } from "./messages";

/** What the package tells of the model; see `page_model.py`. */
export interface ModelDescription {
  readonly name: string;
  readonly unit: "m" | null;
  readonly fixed_size: readonly [number, number] | null;
  readonly min_depth?: number;
  readonly max_depth?: number;
  /** In pixels of images `image_size` (height, width) that it was trained on. */
  readonly focal_length?: number;
  readonly image_size?: readonly [number, number];
}

export interface Prediction {
  readonly depth: DepthMap;
  readonly milliseconds: number;
}

const MOST_THREADS = 8;
const FOLDER = "model/";

type Asked = Question extends infer Each ? (Each extends Question ? Omit<Each, "id"> : never) : never;

export class DepthModel {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private asked = 0;

  private constructor(
    readonly description: ModelDescription,
    readonly threads: number,
    private readonly worker: Worker,
  ) {
    worker.onmessage = (event: MessageEvent<Answer>): void => {
      this.waiting.get(event.data.id)?.(event.data);
      this.waiting.delete(event.data.id);
    };
    worker.onerror = (): void => {
      for (const [id, answer] of this.waiting) {
        answer({ id, kind: "failed", reason: "the worker that runs it has stopped" });
      }
      this.waiting.clear();
    };
  }

  /**
   * Fetches and starts the model.
   *
   * @param progress Called with the share of the model that has arrived, 0 to 1.
   * @throws Problem if it is missing or damaged, or the browser has no WebAssembly.
   */
  static async open(progress: (share: number) => void): Promise<DepthModel> {
    checkWebAssembly();
    const description = (await (await fetched(`${FOLDER}model.json`)).json()) as ModelDescription;
    const model = await download(`${FOLDER}model.onnx`, progress);
    const threads = self.crossOriginIsolated
      ? Math.min(navigator.hardwareConcurrency, MOST_THREADS)
      : 1;
    const worker = new Worker(new URL("./depth_worker.ts", import.meta.url), { type: "module" });
    const opened = new DepthModel(description, threads, worker);
    const [wasm, mjs] = [wasmAddress, mjsAddress].map((each) => new URL(each, document.baseURI).href);
    const answer = await opened.ask({ kind: "open", model, threads, wasm, mjs }, [model]);
    if (answer.kind === "failed") {
      worker.terminate();
      throw new Problem(`The model cannot be started, it may be damaged: ${firstLine(answer.reason)}`);
    }
    return opened;
  }

  /** Depth of an image, RGBA; the pixels are handed over. */
  async predict(width: number, height: number, rgba: ArrayBuffer): Promise<Prediction> {
    const answer = await this.ask({ kind: "predict", width, height, rgba }, [rgba]);
    if (answer.kind !== "depth") {
      const reason = answer.kind === "failed" ? firstLine(answer.reason) : answer.kind;
      throw new Problem(`No depth was found in this picture: ${reason}`);
    }
    const metres = new Float32Array(answer.metres);
    return { depth: { width, height, metres }, milliseconds: answer.milliseconds };
  }

  private ask(question: Asked, transfer: Transferable[]): Promise<Answer> {
    const id = ++this.asked;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.worker.postMessage({ ...question, id }, transfer);
    });
  }
}

function checkWebAssembly(): void {
  try {
    // The smallest module; a content security policy of the host may forbid to compile any.
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  } catch {
    throw new Problem(
      "This browser, or the host's content security policy, does not let the page compute: " +
        "WebAssembly is blocked.",
    );
  }
}

async function fetched(address: string): Promise<Response> {
  const response = await fetch(address).catch(() => null);
  if (response === null || !response.ok) {
    throw new Problem(`The model is missing: ${address} was not found beside this page.`);
  }
  return response;
}

async function download(address: string, progress: (share: number) => void): Promise<ArrayBuffer> {
  const response = await fetched(address);
  const total = Number(response.headers.get("Content-Length") ?? 0);
  if (response.body === null) {
    return response.arrayBuffer();
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body.getReader();
  for (let got = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) {
      return new Blob(parts).arrayBuffer();
    }
    parts.push(value);
    got += value.length;
    progress(total > 0 ? Math.min(1, got / total) : 0);
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0].slice(0, 200);
}
