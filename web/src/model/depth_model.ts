/** The page's network: fetched once, run in a worker, on the graphics card where there is one. */
import jspiMjs from "onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url";
import jspiWasm from "onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url";
import plainMjs from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import plainWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { DepthMap } from "../depth_map";
import { Problem } from "../problem";
import { chooseEngine, engineText, thisBrowser, type Engine } from "./engine";
import { fetchDescription, fetchModel, type ModelDescription } from "./model_files";
import { ModelWorker } from "./model_worker";

export interface Prediction {
  readonly depth: DepthMap;
  readonly milliseconds: number;
}

const MOST_THREADS = 8;
const BUILDS: Record<Engine, { wasm: string; mjs: string }> = {
  webgpu: { wasm: jspiWasm, mjs: jspiMjs },
  wasm: { wasm: plainWasm, mjs: plainMjs },
};

export class DepthModel {
  private readonly threads = self.crossOriginIsolated
    ? Math.min(navigator.hardwareConcurrency, MOST_THREADS)
    : 1;
  private worker = new ModelWorker();

  private constructor(
    readonly description: ModelDescription,
    private readonly model: Blob,
    private engine: Engine,
  ) {}

  /**
   * Fetches and starts the model.
   *
   * @param progress Called with the share of the model that has arrived, 0 to 1.
   * @throws Problem if it is missing or damaged, or the browser has no WebAssembly.
   */
  static async open(progress: (share: number) => void): Promise<DepthModel> {
    checkWebAssembly();
    const description = await fetchDescription();
    const [model, engine] = await Promise.all([
      fetchModel(progress),
      chooseEngine(location.search, thisBrowser()),
    ]);
    const opened = new DepthModel(description, model, engine);
    await opened.start();
    return opened;
  }

  /** In words: what computes. */
  get computesWith(): string {
    return engineText(this.engine, this.threads);
  }

  /** Depth of an image, RGBA. */
  async predict(pixels: ImageData): Promise<Prediction> {
    const { width, height } = pixels;
    const rgba = pixels.data.slice().buffer;
    const answer = await this.worker.ask({ kind: "predict", width, height, rgba }, [rgba]);
    if (answer.kind === "depth") {
      const metres = new Float32Array(answer.metres);
      return { depth: { width, height, metres }, milliseconds: answer.milliseconds };
    }
    if (this.engine === "webgpu") {
      await this.doWithoutCard();
      return this.predict(pixels);
    }
    const reason = answer.kind === "failed" ? firstLine(answer.reason) : answer.kind;
    throw new Problem(`No depth was found in this picture: ${reason}`);
  }

  private async start(): Promise<void> {
    const model = await this.model.arrayBuffer();
    const threads = this.engine === "wasm" ? this.threads : 1;
    const { wasm, mjs } = BUILDS[this.engine];
    const answer = await this.worker.ask(
      { kind: "open", model, engine: this.engine, threads, wasm: whole(wasm), mjs: whole(mjs) },
      [model],
    );
    if (answer.kind !== "failed") {
      return;
    }
    if (this.engine === "webgpu") {
      await this.doWithoutCard();
      return;
    }
    this.worker.end();
    throw new Problem(`The model cannot be started, it may be damaged: ${firstLine(answer.reason)}`);
  }

  /** A graphics card may refuse the network, or be taken away while it works. */
  private async doWithoutCard(): Promise<void> {
    this.worker.end();
    this.worker = new ModelWorker();
    this.engine = "wasm";
    await this.start();
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

/** The worker lies in another folder than the page, so it needs whole addresses. */
function whole(address: string): string {
  return new URL(address, document.baseURI).href;
}

function firstLine(text: string): string {
  return text.split("\n")[0].slice(0, 200);
}
