/** PLY, binary: x right, y down, z forward in metres; uint8 RGBA as in the image. */
import type { PointCloud } from "../space";
import { join } from "./png";

export function encodePly(cloud: PointCloud): Uint8Array<ArrayBuffer> {
  const count = cloud.points.length / 3;
  const header = [
    "ply",
    "format binary_little_endian 1.0",
    `element vertex ${String(count)}`,
    ...["x", "y", "z"].map((axis) => `property float ${axis}`),
    ...["red", "green", "blue", "alpha"].map((color) => `property uchar ${color}`),
    "end_header",
  ];
  const bytes = new Uint8Array(16 * count);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index++) {
    for (let axis = 0; axis < 3; axis++) {
      view.setFloat32(16 * index + 4 * axis, cloud.points[3 * index + axis], true);
      bytes[16 * index + 12 + axis] = cloud.colors[3 * index + axis];
    }
    bytes[16 * index + 15] = 255;
  }
  return join([new TextEncoder().encode(header.join("\n") + "\n"), bytes]);
}
