/** What lies in the folder `model` beside the page. */
import type { LearntCamera } from "../lens_rule";
import { Problem } from "../problem";

/** What the package tells of the model; see `page_model.py`. */
export interface ModelDescription extends LearntCamera {
  readonly name: string;
  readonly unit: "m" | null;
  readonly fixed_size: readonly [number, number] | null;
  readonly min_depth?: number;
  readonly max_depth?: number;
}

const FOLDER = "model/";

/** @throws Problem if it is missing or damaged. */
export async function fetchDescription(): Promise<ModelDescription> {
  const response = await fetched(`${FOLDER}model.json`);
  try {
    return (await response.json()) as ModelDescription;
  } catch {
    throw new Problem(`The model cannot be started: ${FOLDER}model.json is damaged.`);
  }
}

/**
 * The network's own file.
 *
 * @param progress Called with the share of it that has arrived, 0 to 1.
 * @throws Problem if it is missing.
 */
export async function fetchModel(progress: (share: number) => void): Promise<Blob> {
  const response = await fetched(`${FOLDER}model.onnx`);
  const total = Number(response.headers.get("Content-Length") ?? 0);
  if (response.body === null) {
    return response.blob();
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body.getReader();
  for (let got = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) {
      return new Blob(parts);
    }
    parts.push(value);
    got += value.length;
    progress(total > 0 ? Math.min(1, got / total) : 0);
  }
}

async function fetched(address: string): Promise<Response> {
  const response = await fetch(address).catch(() => null);
  if (response === null || !response.ok) {
    throw new Problem(`The model is missing: ${address} was not found beside this page.`);
  }
  return response;
}
