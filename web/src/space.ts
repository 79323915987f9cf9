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
  if (maxSlant >= 90) {
    return flying;
  }
  const limit = Math.tan((maxSlant * Math.PI) / 180);
  const mark = (here: number, there: number, focal: number): void => {
    const a = metres[here];
    const b = metres[there];
    const jumps = isMeasured(a) && isMeasured(b) && focal * Math.abs(a - b) > limit * Math.min(a, b);
    if (jumps) {
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

/** Coloured points in the camera's axes. */
export interface PointCloud {
  readonly points: Float32Array;
  readonly colors: Uint8Array;
}

/** The points of an image, row by row, without missing depth and flying pixels. */
export function toPointCloud(
  depth: DepthMap,
  camera: Camera,
  rgba: Uint8ClampedArray,
  maxSlant: number = constants.maxSlant,
  mostPoints: number = constants.maxPoints,
): PointCloud {
  const { width, height, metres } = depth;
  const flying = flyingPixels(depth, camera, maxSlant);
  const stride = smallestStride(width, height, mostPoints);
  const points: number[] = [];
  const colors: number[] = [];
  for (let v = 0; v < height; v += stride) {
    for (let u = 0; u < width; u += stride) {
      const here = v * width + u;
      if (isMeasured(metres[here]) && !flying[here]) {
        points.push(...backProject(u, v, metres[here], camera));
        colors.push(rgba[4 * here], rgba[4 * here + 1], rgba[4 * here + 2]);
      }
    }
  }
  return { points: Float32Array.from(points), colors: Uint8Array.from(colors) };
}

/** Every so many rows and columns leave at most so many points. */
export function smallestStride(width: number, height: number, most: number): number {
  let stride = 1;
  while (Math.ceil(width / stride) * Math.ceil(height / stride) > most) {
    stride++;
  }
  return stride;
}
