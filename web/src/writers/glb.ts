/** GLB (glTF 2.0): x right, y up, z towards the viewer, metres; float32 RGB, linear, unlit. */
import type { PointCloud } from "../space";
import { join } from "./png";

const FLOAT = 5126;
const ARRAY_BUFFER = 34962;
const POINTS = 0;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;

export function encodeGlb(cloud: PointCloud): Uint8Array<ArrayBuffer> {
  const points = cloud.points.map((value, index) => (index % 3 === 0 ? value : -value));
  const colors = Float32Array.from(cloud.colors, (value) => srgbToLinear(value));
  const count = points.length / 3;
  const accessor = (bufferView: number, values: Float32Array): object => ({
    bufferView,
    componentType: FLOAT,
    count,
    type: "VEC3",
    ...ends(values),
  });
  const view = (byteOffset: number): object => ({
    buffer: 0,
    byteOffset,
    byteLength: points.byteLength,
    target: ARRAY_BUFFER,
  });
  const tree = {
    asset: { version: "2.0", generator: "densedepth-tf" },
    extensionsUsed: ["KHR_materials_unlit"],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    materials: [{ extensions: { KHR_materials_unlit: {} } }],
    meshes: [
      { primitives: [{ attributes: { POSITION: 0, COLOR_0: 1 }, mode: POINTS, material: 0 }] },
    ],
    accessors: [accessor(0, points), accessor(1, colors)],
    bufferViews: [view(0), view(points.byteLength)],
    buffers: [{ byteLength: 2 * points.byteLength }],
  };
  const text = padded(new TextEncoder().encode(JSON.stringify(tree)), 0x20);
  const binary = join([bytesOf(points), bytesOf(colors)]);
  const total = 12 + 8 + text.length + 8 + binary.length;
  return join([
    words(0x46546c67, 2, total),
    words(text.length, JSON_CHUNK),
    text,
    words(binary.length, BINARY_CHUNK),
    binary,
  ]);
}

/** An sRGB value 0..255 as linear intensity (IEC 61966-2-1). */
export function srgbToLinear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function ends(values: Float32Array): { min: number[]; max: number[] } {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  values.forEach((value, index) => {
    min[index % 3] = Math.min(min[index % 3], value);
    max[index % 3] = Math.max(max[index % 3], value);
  });
  return { min, max };
}

function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => {
    view.setUint32(4 * index, value, true);
  });
  return new Uint8Array(view.buffer);
}

function padded(content: Uint8Array, filler: number): Uint8Array {
  const rest = (4 - (content.length % 4)) % 4;
  return join([content, new Uint8Array(rest).fill(filler)]);
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
