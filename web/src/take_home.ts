/** The files that `predict.py` would have written. */
import { colorize, ticks, type Range } from "./colors";
import { COLOR_TABLE, constants } from "./constants";
import { Problem } from "./problem";
import type { Sight } from "./sight";
import { toPointCloud } from "./space";
import { encodeGlb } from "./writers/glb";
import { encodeNpy } from "./writers/npy";
import { encodePly } from "./writers/ply";
import { addPngText, encodeDepthPng } from "./writers/png";

export interface TakenFile {
  readonly suffix: string;
  readonly kind: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** @param maxSlant Degrees of the steepest surface whose points are kept. */
export async function takeHome(
  format: string,
  sight: Sight,
  maxSlant: number,
): Promise<TakenFile> {
  switch (format) {
    case "png": {
      const { millimetre, largestUnit } = constants;
      const isRelative = sight.unit === null && sight.largestDepth !== undefined;
      const scale = isRelative ? (sight.largestDepth ?? 1) / largestUnit : millimetre;
      const content = await encodeDepthPng(sight.depth, scale, sight.unit !== null);
      return { suffix: ".depth.png", kind: "image/png", content };
    }
    case "npy":
      return { suffix: ".depth.npy", kind: "application/octet-stream", content: encodeNpy(sight.depth) };
    case "color":
      return { suffix: ".color.png", kind: "image/png", content: await colorPicture(sight) };
    case "ply":
      return { suffix: ".ply", kind: "application/octet-stream", content: encodePly(cloudOf(sight, maxSlant)) };
    case "glb":
      return { suffix: ".glb", kind: "model/gltf-binary", content: encodeGlb(cloudOf(sight, maxSlant)) };
    default:
      throw new Problem(`There is no file of the kind “${format}”.`);
  }
}

function cloudOf(sight: Sight, maxSlant: number): ReturnType<typeof toPointCloud> {
  const cloud = toPointCloud(sight.depth, sight.lens.camera, sight.pixels.data, { maxSlant });
  if (cloud.points.length === 0) {
    throw new Problem("No point is left to save: all depth is missing or taken out as an edge.");
  }
  return cloud;
}

/** Depth in colours, a bar of metres at its right. */
async function colorPicture(sight: Sight): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = sight.depth;
  const { range } = sight;
  const size = Math.max(9, Math.round(height / 24));
  const bar = new OffscreenCanvas(width + 6 * size, height);
  const context = bar.getContext("2d");
  if (context === null) {
    throw new Problem("This browser gives the page no canvas to paint on.");
  }
  context.fillStyle = "white";
  context.fillRect(0, 0, bar.width, bar.height);
  context.putImageData(new ImageData(colorize(sight.depth, range), width, height), 0, 0);
  paintBar(context, { left: width + size / 2, height, size }, range, sight.unit ?? "");
  const blob = await bar.convertToBlob({ type: "image/png" });
  const plain = new Uint8Array(await blob.arrayBuffer());
  return addPngText(plain, [[constants.softwareKeyword, constants.software]]);
}

function paintBar(
  context: OffscreenCanvasRenderingContext2D,
  place: { left: number; height: number; size: number },
  range: Range,
  unit: string,
): void {
  const { left, size } = place;
  const top = Math.min(size / 2 + 1, place.height / 3);
  const length = place.height - 2 * top;
  for (let row = 0; row < length; row++) {
    const at = 3 * Math.round(255 * (1 - row / Math.max(1, length - 1)));
    const [red, green, blue] = COLOR_TABLE.subarray(at, at + 3);
    context.fillStyle = `rgb(${String(red)} ${String(green)} ${String(blue)})`;
    context.fillRect(left, top + row, size, 1);
  }
  context.fillStyle = "#222";
  context.font = `${String(size)}px sans-serif`;
  context.textBaseline = "middle";
  for (const tick of ticks(range)) {
    const row = top + ((range.far - tick) / (range.far - range.near)) * (length - 1);
    context.fillRect(left + size, row, size / 4, 1);
    context.fillText(`${String(tick)} ${unit}`.trim(), left + 1.6 * size, row);
  }
}
