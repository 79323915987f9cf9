/** Runs the network beside the page, so that the page answers meanwhile. */
import type * as Runtime from "onnxruntime-web";
import type { Answer, Opening, Question } from "./messages";

interface Opened {
  readonly runtime: typeof Runtime;
  readonly session: Runtime.InferenceSession;
}

/** (height, width) of the image that a graphics card is tried with. */
const TRIAL_SIZE = [96, 128] as const;

let opened: Opened | null = null;

self.onmessage = (event: MessageEvent<Question>): void => {
  const { id } = event.data;
  work(event.data).then(
    ([answer, transfer]) => {
      self.postMessage(answer, { transfer });
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      self.postMessage({ id, kind: "failed", reason } satisfies Answer);
    },
  );
};

async function work(question: Question): Promise<[Answer, Transferable[]]> {
  const { id } = question;
  if (question.kind === "open") {
    opened = await open(question);
    return [{ id, kind: "opened" }, []];
  }
  if (opened === null) {
    throw new Error("the model has not been opened");
  }
  const { width, height, rgba } = question;
  const rgb = withoutAlpha(new Uint8ClampedArray(rgba));
  const started = performance.now();
  const metres = await predict(opened, rgb, height, width);
  const milliseconds = performance.now() - started;
  return [{ id, kind: "depth", metres: metres.buffer, milliseconds }, [metres.buffer]];
}

async function open({ model, engine, threads, wasm, mjs }: Opening): Promise<Opened> {
  const runtime: typeof Runtime =
    engine === "webgpu" ? await import("onnxruntime-web/jspi") : await import("onnxruntime-web/wasm");
  runtime.env.wasm.wasmPaths = { wasm, mjs };
  runtime.env.wasm.numThreads = threads;
  runtime.env.logLevel = "error";
  const session = await runtime.InferenceSession.create(new Uint8Array(model), {
    executionProviders: [engine],
  });
  const started = { runtime, session };
  if (engine === "webgpu") {
    await tryOut(started);
  }
  return started;
}

/** Compiles what runs on the card before the first picture, and sees whether its depth is any. */
async function tryOut(started: Opened): Promise<void> {
  const [height, width] = TRIAL_SIZE;
  const grey = new Uint8Array(3 * height * width).fill(128);
  const metres = await predict(started, grey, height, width);
  if (!metres.every((value) => value > 0 && Number.isFinite(value))) {
    throw new Error("the graphics card computes no depth");
  }
}

async function predict(
  { runtime, session }: Opened,
  rgb: Uint8Array,
  height: number,
  width: number,
): Promise<Float32Array<ArrayBuffer>> {
  const input = new runtime.Tensor("uint8", rgb, [1, height, width, 3]);
  const results = await session.run({ [session.inputNames[0]]: input });
  const output = results[session.outputNames[0]];
  const metres = Float32Array.from((await output.getData()) as Float32Array);
  output.dispose();
  return metres;
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}
