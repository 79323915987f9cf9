/** The room as a surface: neighbouring points joined by triangles, but not across edges. */
import { constants } from "./constants";
import type { DepthMap } from "./depth_map";
import type { Camera } from "./lens";
import { jumpFilter, keptPixels, pointsAt, type Choice, type PointCloud } from "./space";

/** A point cloud whose points are the corners of triangles. */
export interface Surface extends PointCloud {
  /** Three points each, anticlockwise as the camera sees them. */
  readonly triangles: Uint32Array;
}

const NO_POINT = 0xffffffff;

/**
 * The surface of an image; its corners are the points of `toPointCloud`.
 *
 * Four neighbours make two triangles. One whose depth jumps between neighbours by more than the
 * filter of flying pixels allows is left out: it would hang between an object and what is behind it.
 */
export function toSurface(
  depth: DepthMap,
  camera: Camera,
  rgba: Uint8ClampedArray,
  choice: Choice = {},
): Surface {
  const { width, height, metres } = depth;
  const { kept, stride } = keptPixels(depth, camera, choice);
  const pointOf = new Uint32Array(metres.length).fill(NO_POINT);
  kept.forEach((pixel, index) => {
    pointOf[pixel] = index;
  });
  const jumps = jumpFilter(metres, choice.maxSlant ?? constants.maxSlant);
  const [across, down] = [camera.fx / stride, camera.fy / stride];
  const triangles = new Uint32Array(6 * kept.length);
  let count = 0;
  // Right-angled at `corner`, its sides along a row and a column.
  const add = (corner: number, inRow: number, inColumn: number): void => {
    const points = [pointOf[corner], pointOf[inColumn], pointOf[inRow]];
    if (
      !points.includes(NO_POINT) &&
      !jumps(corner, inRow, across) &&
      !jumps(corner, inColumn, down)
    ) {
      triangles.set(points, count);
      count += 3;
    }
  };
  for (let v = 0; v + stride < height; v += stride) {
    for (let u = 0; u + stride < width; u += stride) {
      const here = v * width + u;
      const below = here + stride * width;
      add(here, here + stride, below);
      add(below + stride, below, here + stride);
    }
  }
  return { ...pointsAt(kept, depth, camera, rgba), triangles: triangles.subarray(0, count) };
}
