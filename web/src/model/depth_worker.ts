/** Runs the network beside the page, so that the page answers meanwhile. */
import * as ort from "onnxruntime-web/wasm";
import type { Answer, Question } from "./messages";

let session: ort.InferenceSession | null = null;

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
    ort.env.wasm.wasmPaths = { wasm: question.wasm, mjs: question.mjs };
    ort.env.wasm.numThreads = question.threads;
    ort.env.logLevel = "error";
    session = await ort.InferenceSession.create(new Uint8Array(question.model), {
      executionProviders: ["wasm"],
    });
    return [{ id, kind: "opened" }, []];
  }
  if (session === null) {
    throw new Error("the model has not been opened");
  }
  const { width, height, rgba } = question;
  const rgb = withoutAlpha(new Uint8ClampedArray(rgba));
  const started = performance.now();
  const input = new ort.Tensor("uint8", rgb, [1, height, width, 3]);
  const results = await session.run({ [session.inputNames[0]]: input });
  const output = results[session.outputNames[0]];
  const metres = Float32Array.from((await output.getData()) as Float32Array);
  output.dispose();
  const milliseconds = performance.now() - started;
  return [{ id, kind: "depth", metres: metres.buffer, milliseconds }, [metres.buffer]];
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
