/** Depth in metres as colours, as `visualization/colorize.py` paints them. */
import { COLOR_TABLE, constants } from "./constants";
import { isMeasured, type DepthMap } from "./depth_map";

export interface Range {
  readonly near: number;
  readonly far: number;
}

/** The metres of the first and the last colour: the 2nd and the 98th percentile. */
export function depthRange(depth: DepthMap): Range {
  const valid = depth.metres.filter(isMeasured).sort();
  if (valid.length === 0) {
    return { near: 0, far: 1 };
  }
  const [low, high] = constants.percentiles;
  const near = percentile(valid, low);
  const far = percentile(valid, high);
  return { near, far: far > near ? far : near + Math.max(1e-3, 0.05 * Math.abs(near)) };
}

/** A percentile of sorted values, between two of them by a straight line. */
export function percentile(sorted: Float32Array, percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** RGBA of a depth map, row by row; missing is black. */
export function colorize(
  depth: DepthMap,
  range: Range,
  table: Uint8Array = COLOR_TABLE,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(depth.metres.length * 4);
  const factor = Math.fround(255 / (range.far - range.near));
  const near = Math.fround(range.near);
  depth.metres.forEach((value, index) => {
    const to = index * 4;
    pixels[to + 3] = 255;
    if (isMeasured(value)) {
      const from = 3 * level(Math.fround(Math.fround(value - near) * factor));
      pixels[to] = table[from];
      pixels[to + 1] = table[from + 1];
      pixels[to + 2] = table[from + 2];
    }
  });
  return pixels;
}

/** Round numbers within the range for its bar, at most about six. */
export function ticks(range: Range, most = 6): number[] {
  const rough = (range.far - range.near) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const values: number[] = [];
  for (let count = Math.ceil(range.near / step - 1e-6); count * step <= range.far * (1 + 1e-6); count++) {
    values.push(Number((count * step).toPrecision(6)));
  }
  return values;
}

/** Halves go to the even neighbour, as NumPy rounds. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) {
    return rest < 0.5 ? floor : floor + 1;
  }
  return floor % 2 === 0 ? floor : floor + 1;
}

function level(scaled: number): number {
  return roundHalfEven(Math.min(255, Math.max(0, scaled)));
}
