/** From pixels with depth to points in space: x right, y down, z forward, metres. */
import { constants } from "./constants";
import { isMeasured, type DepthMap } from "./depth_map";
import type { Camera } from "./lens";

export type Point = readonly [number, number, number];

/** The point that a pixel sees. */
export function backProject(u: number, v: number, metres: number, camera: Camera): Point {
  return [
    Math.fround(metres * Math.fround((u - camera.cx) / camera.fx)),
    Math.fround(metres * Math.fround((v - camera.cy) / camera.fy)),
    metres,
  ];
}

export function distance(from: Point, to: Point): number {
  return Math.hypot(from[0] - to[0], from[1] - to[1], from[2] - to[2]);
}

/**
 * Marks the pixels that hang in the air between an object and what is behind it: 1 where depth
 * jumps to a neighbour by more than a surface of `maxSlant` degrees would
 * (`geometry/flying_pixels.py`).
 */
export function flyingPixels(
  depth: DepthMap,
  camera: Camera,
  maxSlant: number = constants.maxSlant,
): Uint8Array {
  const { width, height, metres } = depth;
  const flying = new Uint8Array(metres.length);
  const jumps = jumpFilter(metres, maxSlant);
  const mark = (here: number, there: number, focal: number): void => {
    if (jumps(here, there, focal)) {
      flying[here] = flying[there] = 1;
    }
  };
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const here = v * width + u;
      if (u + 1 < width) {
        mark(here, here + 1, camera.fx);
      }
      if (v + 1 < height) {
        mark(here, here + width, camera.fy);
      }
    }
  }
  return flying;
}

/**
 * Whether depth jumps between two pixels a step apart by more than a surface of `maxSlant` degrees
 * would; missing depth does not, and at 90 degrees nothing does.
 *
 * @returns A function of both pixels and the focal length in steps.
 */
export function jumpFilter(
  metres: Float32Array,
  maxSlant: number,
): (here: number, there: number, focal: number) => boolean {
  const limit = maxSlant >= 90 ? Infinity : Math.tan((maxSlant * Math.PI) / 180);
  return (here, there, focal) => {
    const a = metres[here];
    const b = metres[there];
    return isMeasured(a) && isMeasured(b) && focal * Math.abs(a - b) > limit * Math.min(a, b);
  };
}

/** Coloured points in the camera's axes. */
export interface PointCloud {
  readonly points: Float32Array;
  readonly colors: Uint8Array;
}

/** How many points are taken of an image, and which. */
export interface Choice {
  /** Degrees of the steepest surface that is kept; 90 keeps all. */
  readonly maxSlant?: number;
  readonly mostPoints?: number;
}

/** The points of an image, row by row, without missing depth and flying pixels. */
export function toPointCloud(
  depth: DepthMap,
  camera: Camera,
  rgba: Uint8ClampedArray,
  choice: Choice = {},
): PointCloud {
  const { kept } = keptPixels(depth, camera, choice);
  return pointsAt(kept, depth, camera, rgba);
}

/** The pixels that become points, row by row, of every so many rows and columns. */
export function keptPixels(
  depth: DepthMap,
  camera: Camera,
  { maxSlant = constants.maxSlant, mostPoints = constants.maxPoints }: Choice,
): { kept: Uint32Array; stride: number } {
  const { width, height, metres } = depth;
  const flying = flyingPixels(depth, camera, maxSlant);
  const stride = smallestStride(width, height, mostPoints);
  const kept = new Uint32Array(Math.ceil(width / stride) * Math.ceil(height / stride));
  let count = 0;
  for (let v = 0; v < height; v += stride) {
    for (let u = 0; u < width; u += stride) {
      const here = v * width + u;
      if (isMeasured(metres[here]) && !flying[here]) {
        kept[count++] = here;
      }
    }
  }
  return { kept: kept.subarray(0, count), stride };
}

export function pointsAt(
  pixels: Uint32Array,
  depth: DepthMap,
  camera: Camera,
  rgba: Uint8ClampedArray,
): PointCloud {
  const points = new Float32Array(3 * pixels.length);
  const colors = new Uint8Array(3 * pixels.length);
  pixels.forEach((here, index) => {
    const u = here % depth.width;
    const v = (here - u) / depth.width;
    points.set(backProject(u, v, depth.metres[here], camera), 3 * index);
    colors.set(rgba.subarray(4 * here, 4 * here + 3), 3 * index);
  });
  return { points, colors };
}

/** Every so many rows and columns leave at most so many points. */
export function smallestStride(width: number, height: number, most: number): number {
  let stride = 1;
  while (Math.ceil(width / stride) * Math.ceil(height / stride) > most) {
    stride++;
  }
  return stride;
}
