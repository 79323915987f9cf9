/** 16-bit PNG that declares its scale, as `files/depth/depth_file.py` writes and reads it. */
import { roundHalfEven } from "../colors";
import { constants } from "../constants";
import { isMeasured, type DepthMap } from "../depth_map";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER_END = SIGNATURE.length + 25;
const FILTER_UP = 2;

/**
 * Encodes depth; deeper than 65534 units is 65534, valid depth never 0, which is missing.
 *
 * @param inMetres False for a depth known up to a factor, whose text names no metres.
 */
export async function encodeDepthPng(
  depth: DepthMap,
  scale: number = constants.millimetre,
  inMetres = true,
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, metres } = depth;
  const rows = new Uint8Array(height * (1 + 2 * width));
  let above = new Uint8Array(2 * width);
  for (let v = 0; v < height; v++) {
    const row = new Uint8Array(2 * width);
    for (let u = 0; u < width; u++) {
      const units = toUnits(metres[v * width + u], scale);
      row[2 * u] = units >> 8;
      row[2 * u + 1] = units & 0xff;
    }
    const at = v * (1 + 2 * width);
    rows[at] = FILTER_UP;
    row.forEach((value, index) => {
      rows[at + 1 + index] = value - above[index];
    });
    above = row;
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([16, 0, 0, 0, 0], 8);
  const plain = join([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", await deflate(rows)),
    chunk("IEND", new Uint8Array(0)),
  ]);
  const what = inMetres ? "Depth in metres" : "Relative depth";
  const keyword = inMetres ? constants.scaleKeyword : constants.relativeKeyword;
  return addPngText(plain, [
    [constants.softwareKeyword, constants.software],
    [keyword, String(scale)],
    ["Description", `${what}: value * ${String(scale)}; 0 = missing`],
  ]);
}

/** A PNG with text chunks right behind its header. */
export function addPngText(
  png: Uint8Array,
  text: readonly (readonly [string, string])[],
): Uint8Array<ArrayBuffer> {
  const chunks = text.map(([keyword, value]) => chunk("tEXt", latin1(`${keyword}\0${value}`)));
  return join([png.subarray(0, HEADER_END), ...chunks, png.subarray(HEADER_END)]);
}

function toUnits(metres: number, scale: number): number {
  if (!isMeasured(metres)) {
    return 0;
  }
  return Math.min(constants.largestUnit, Math.max(1, roundHalfEven(metres / scale)));
}

async function deflate(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([content]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chunk(kind: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(latin1(kind), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return crc;
});

export function crc32(content: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of content) {
    crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
