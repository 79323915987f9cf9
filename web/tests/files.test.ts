import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DepthMap } from "../src/depth_map";
import { readExif } from "../src/exif";
import { imageSize } from "../src/image_size";
import { encodeGlb, srgbToLinear } from "../src/writers/glb";
import { encodeNpy } from "../src/writers/npy";
import { encodePly } from "../src/writers/ply";
import { crc32, encodeDepthPng } from "../src/writers/png";

const depth: DepthMap = {
  width: 3,
  height: 2,
  metres: Float32Array.of(0.5, NaN, 99, 0.0001, 1.2344, 2),
};
const cloud = { points: Float32Array.of(1, 2, 3), colors: Uint8Array.of(0, 128, 255) };

const bytesOf = (...parts: (string | ArrayBuffer)[]): ArrayBuffer => {
  const bytes = parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part)));
  return Uint8Array.from(Buffer.concat(bytes)).buffer;
};
const inPng = (tiff: ArrayBuffer): ArrayBuffer =>
  bytesOf("\x89PNG\r\n\x1a\n", "\0\0\0\x01tEXt", " ", "crc.", "\0\0\0\x40eXIf", tiff, "crc.");
const inWebp = (tiff: ArrayBuffer, before: string): ArrayBuffer =>
  bytesOf("RIFF....WEBP", "VP8X\x01\0\0\0", "a\0", "EXIF\x46\0\0\0", before, tiff);

/** Chunks of a PNG: kind -> content. */
function chunks(png: Uint8Array): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const bytes = Buffer.from(png);
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString("latin1", at + 4, at + 8);
    const content = bytes.subarray(at + 8, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)));
    const word = kind === "tEXt" ? content.toString("latin1").split("\0")[0] : kind;
    found.set(word, content);
    at += 12 + length;
  }
  return found;
}

describe("16-bit PNG", () => {
  it("stores millimetres, missing as 0, the deepest as 65534", async () => {
    const found = chunks(await encodeDepthPng(depth));
    const rows = inflateSync(found.get("IDAT") ?? Buffer.alloc(0));
    const first = [0, 1, 2].map((u) => rows.readUInt16BE(1 + 2 * u));
    expect(first).toEqual([500, 0, 65534]);
    expect(rows[0]).toBe(2);
    const second = [...rows.subarray(8)].map((value, index) => (value + rows[1 + index]) & 0xff);
    expect([0, 2, 4].map((at) => second[at] * 256 + second[at + 1])).toEqual([1, 1234, 2000]);
  });

  it("declares its scale", async () => {
    const text = (await encodeDepthPng(depth, 0.01)).reduce((all, byte) => all + String.fromCharCode(byte), "");
    expect(text).toContain("depth_metres_per_unit\x000.01");
    expect(text).toContain("Software\0densedepth-tf");
    const relative = chunks(await encodeDepthPng(depth, 0.01, false));
    expect(relative.has("depth_relative_per_unit")).toBe(true);
    expect(relative.has("depth_metres_per_unit")).toBe(false);
  });
});

describe("arrays and points", () => {
  it("writes npy with a header of whole lines of 64 bytes", () => {
    const npy = Buffer.from(encodeNpy(depth));
    const length = npy.readUInt16LE(8);
    expect((10 + length) % 64).toBe(0);
    expect(npy.toString("latin1", 10, 10 + length)).toMatch(/'descr': '<f4'.*\(2, 3\).*\n$/);
    expect(npy.readFloatLE(10 + length)).toBe(0.5);
    expect(npy.length).toBe(10 + length + 24);
  });

  it("writes PLY in the camera's axes", () => {
    const ply = Buffer.from(encodePly(cloud));
    const end = ply.indexOf("end_header\n") + 11;
    expect(ply.toString("latin1", 0, end)).toContain("element vertex 1\n");
    expect([0, 4, 8].map((at) => ply.readFloatLE(end + at))).toEqual([1, 2, 3]);
    expect([...ply.subarray(end + 12)]).toEqual([0, 128, 255, 255]);
  });

  it("writes GLB in glTF's axes with linear colours", () => {
    const glb = Buffer.from(encodeGlb(cloud));
    expect(glb.readUInt32LE(8)).toBe(glb.length);
    const binary = 20 + glb.readUInt32LE(12) + 8;
    expect([0, 4, 8].map((at) => glb.readFloatLE(binary + at))).toEqual([1, -2, -3]);
    expect(glb.readFloatLE(binary + 16)).toBeCloseTo(0.21586, 5);
    expect(srgbToLinear(255)).toBe(1);
  });
});

describe("what files declare", () => {
  it("reads EXIF in both byte orders and survives damage", () => {
    for (const little of [true, false]) {
      const view = new DataView(new ArrayBuffer(80));
      const short = (at: number, value: number): void => view.setUint16(12 + at, value, little);
      const long = (at: number, value: number): void => view.setUint32(12 + at, value, little);
      view.setUint32(0, 0xffd8ffe1);
      view.setUint16(4, 70);
      view.setUint32(6, 0x45786966);
      view.setUint16(12, little ? 0x4949 : 0x4d4d);
      short(2, 42);
      long(4, 8);
      short(8, 2);
      [0x0112, 3].forEach((value, index) => { short(10 + 2 * index, value); });
      long(14, 1);
      short(18, 6);
      [0x8769, 4].forEach((value, index) => { short(22 + 2 * index, value); });
      long(26, 1);
      long(30, 38);
      short(38, 1);
      [0xa405, 3].forEach((value, index) => { short(40 + 2 * index, value); });
      long(44, 1);
      short(48, 26);
      const exif = readExif(view.buffer);
      expect(exif.orientation).toBe(6);
      expect(exif.tags.get(0xa405)).toBe(26);
      expect(readExif(view.buffer.slice(0, 30)).tags.size).toBe(0);
      const tiff = view.buffer.slice(12, 76);
      for (const file of [inPng(tiff), inWebp(tiff, ""), inWebp(tiff, "Exif\0\0")]) {
        expect(readExif(file).tags.get(0xa405)).toBe(26);
        expect(readExif(file.slice(0, file.byteLength - 60)).tags.size).toBe(0);
      }
    }
  });

  it("knows sizes before decoding", () => {
    const png = new DataView(new ArrayBuffer(24));
    png.setUint32(0, 0x89504e47);
    png.setUint32(16, 12000);
    png.setUint32(20, 9000);
    expect(imageSize(png.buffer)).toEqual({ width: 12000, height: 9000 });
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, 1, 2, 3, 4, 3, 0, 0);
    expect(imageSize(jpeg.buffer)).toEqual({ height: 0x0102, width: 0x0304 });
    expect(imageSize(new ArrayBuffer(3))).toBeNull();
  });
});
