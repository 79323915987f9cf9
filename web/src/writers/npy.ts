/** NumPy's file format, version 1.0: float32 (H, W), metres. */
import type { DepthMap } from "../depth_map";
import { join } from "./png";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
const ALIGNMENT = 64;

export function encodeNpy(depth: DepthMap): Uint8Array<ArrayBuffer> {
  const shape = `(${String(depth.height)}, ${String(depth.width)})`;
  let header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  // NumPy leaves room for a first axis that grows.
  header += " ".repeat(Math.max(0, 21 - String(depth.height).length));
  const before = MAGIC.length + 2;
  header += " ".repeat(ALIGNMENT - ((before + header.length + 1) % ALIGNMENT)) + "\n";
  const length = Uint8Array.from([header.length & 0xff, header.length >> 8]);
  const values = new Uint8Array(depth.metres.slice().buffer);
  return join([Uint8Array.from(MAGIC), length, new TextEncoder().encode(header), values]);
}
