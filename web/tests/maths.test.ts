import { describe, expect, it } from "vitest";
import { colorize, depthRange, percentile, roundHalfEven, ticks } from "../src/colors";
import { COLOR_TABLE } from "../src/constants";
import { scaled, type DepthMap } from "../src/depth_map";
import {
  assumedCamera,
  cameraFromExif,
  cameraFromFov,
  horizontalFov,
  rescaled,
  type Camera,
} from "../src/lens";
import { lensFactor, workingSize } from "../src/lens_rule";
import { assumption, calibrationFactor, lengthBetween, withEnd } from "../src/measurement";
import {
  backProject,
  distance,
  flyingPixels,
  smallestStride,
  toPointCloud,
  type Point,
} from "../src/space";
import { toSurface } from "../src/surface";

const map = (width: number, height: number, metres: number[]): DepthMap => ({
  width,
  height,
  metres: Float32Array.from(metres),
});

describe("colours", () => {
  it("takes percentiles between two values, as NumPy", () => {
    expect(percentile(Float32Array.of(1, 2, 3, 4), 2)).toBeCloseTo(1.06, 6);
    expect(percentile(Float32Array.of(5), 98)).toBe(5);
  });

  it("leaves missing depth out of the range and paints it black", () => {
    const depth = map(4, 1, [0, NaN, 1, 3]);
    const range = depthRange(depth);
    expect(range.near).toBeCloseTo(1.04, 5);
    expect(range.far).toBeCloseTo(2.96, 5);
    const pixels = colorize(depth, range);
    expect([...pixels.subarray(0, 8)]).toEqual([0, 0, 0, 255, 0, 0, 0, 255]);
    expect([...pixels.subarray(8, 11)]).toEqual([...COLOR_TABLE.subarray(0, 3)]);
    expect([...pixels.subarray(12, 15)]).toEqual([...COLOR_TABLE.subarray(765)]);
  });

  it("gives a flat map a range and nothing at all one of a metre", () => {
    expect(depthRange(map(2, 1, [2, 2]))).toEqual({ near: 2, far: 2.1 });
    expect(depthRange(map(1, 1, [0]))).toEqual({ near: 0, far: 1 });
  });

  it("rounds halves to even and marks round numbers", () => {
    expect([0.5, 1.5, 2.5, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 3]);
    expect(ticks({ near: 0.9, far: 5.1 })).toEqual([1, 2, 3, 4, 5]);
    expect(ticks({ near: 0, far: 1 }, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });
});

describe("lenses", () => {
  it("assumes 63 degrees across the longer side", () => {
    const upright = { width: 480, height: 640 };
    expect(horizontalFov(assumedCamera({ width: 640, height: 480 }), { width: 640, height: 480 })).toBeCloseTo(63, 4);
    expect(assumedCamera(upright).fy).toBeCloseTo(640 / (2 * Math.tan((31.5 * Math.PI) / 180)), 3);
  });

  it("takes the equivalent focal length over the image's diagonal", () => {
    const size = { width: 4000, height: 3000 };
    const camera = cameraFromExif(new Map([[0xa405, 26]]), size, false);
    expect(camera?.fx).toBeCloseTo((26 / Math.hypot(36, 24)) * 5000, 2);
    const turned = cameraFromExif(new Map([[0xa405, 26]]), size, true);
    expect(turned?.cx).toBe(1499.5);
  });

  it("works without it from the focal plane, and not at all from a cropped image", () => {
    const size = { width: 1000, height: 750 };
    const plane = new Map([
      [0x920a, 5],
      [0xa20e, 2000],
      [0xa210, 3],
      [0xa002, 2000],
      [0xa003, 1500],
    ]);
    expect(cameraFromExif(plane, size, false)?.fx).toBeCloseTo(((5 * 2000) / 10) * 0.5, 3);
    const zoomed = new Map<number, number>([...plane, [0xa404, 2]]);
    expect(cameraFromExif(zoomed, size, false)?.fx).toBeCloseTo((5 * 2000) / 10, 3);
    expect(cameraFromExif(plane, { width: 750, height: 250 }, false)).toBeNull();
    expect(cameraFromExif(new Map([[0xa405, 0]]), size, false)).toBeNull();
  });

  it("follows an image that is resized", () => {
    const camera = cameraFromFov(60, { width: 100, height: 50 });
    const half = rescaled(camera, { width: 100, height: 50 }, { width: 50, height: 25 });
    expect(horizontalFov(half, { width: 50, height: 25 })).toBeCloseTo(60, 4);
    expect(half.cx).toBe(24.5);
  });
});

describe("space", () => {
  const camera = { fx: 2, fy: 2, cx: 0.5, cy: 0.5 };

  it("puts pixels into space and measures between them", () => {
    expect(backProject(0.5, 0.5, 3, camera)).toEqual([0, 0, 3]);
    expect(distance(backProject(0.5, 0.5, 3, camera), [3, 4, 3])).toBe(5);
  });

  it("marks both sides of a jump, and none that borders on missing depth", () => {
    expect([...flyingPixels(map(4, 1, [1, 1, 9, 0]), camera)]).toEqual([0, 1, 1, 0]);
    expect([...flyingPixels(map(4, 1, [1, 1, 9, 0]), camera, 90)]).toEqual([0, 0, 0, 0]);
    expect([...flyingPixels(map(1, 2, [1, 9]), camera)]).toEqual([1, 1]);
  });

  it("keeps points within their number", () => {
    expect(smallestStride(2000, 1000, 1_000_000)).toBe(2);
    const rgba = Uint8ClampedArray.from([1, 2, 3, 255, 4, 5, 6, 255]);
    const cloud = toPointCloud(map(2, 1, [1, 0]), camera, rgba);
    expect([...cloud.points]).toEqual([-0.25, -0.25, 1]);
    expect([...cloud.colors]).toEqual([1, 2, 3]);
  });
});

describe("metres for a lens", () => {
  const size = { width: 640, height: 480 };
  const nyu = { focal_length: 518.86 / 640, image_size: [192, 256] } as const;
  const camera = (focal: number): Camera => ({ fx: focal, fy: focal, cx: 319.5, cy: 239.5 });

  it("is the ratio of focal lengths in image widths for images of the training's shape", () => {
    expect(lensFactor(camera(518.86), size, nyu)).toBeCloseTo(1, 6);
    expect(lensFactor(camera(585), size, nyu)).toBeCloseTo(585 / 518.86, 6);
  });

  it("leaves the metres of a model alone that does not tell its camera", () => {
    expect(lensFactor(camera(585), size, { image_size: [192, 256] })).toBe(1);
  });

  it("counts in pixels of what a network of one size sees", () => {
    const learnt = { focal_length: 1, image_size: [240, 320], network_size: [228, 304] } as const;
    const stretched = Math.sqrt(((640 * 304) / 640) * ((640 * 228) / 480)) / 320;
    expect(lensFactor(camera(640), size, learnt)).toBeCloseTo(stretched, 6);
  });

  it("knows the size at which a network sees an image", () => {
    expect(workingSize(size, [192, 256])).toEqual([192, 256]);
    expect(workingSize({ width: 600, height: 800 }, [192, 256])).toEqual([256, 192]);
    expect(workingSize({ width: 5000, height: 10 }, [192, 256])).toEqual([32, 1024]);
    expect(workingSize({ width: 80, height: 48 })).toEqual([64, 64]);
  });
});

describe("a surface", () => {
  const camera = cameraFromFov(60, { width: 4, height: 3 });
  const colors = new Uint8ClampedArray(4 * 12).fill(7);

  it("joins neighbours by two triangles that face the camera", () => {
    const depth = map(4, 3, Array<number>(12).fill(2));
    const { points, triangles } = toSurface(depth, camera, colors);
    expect(points).toEqual(toPointCloud(depth, camera, colors).points);
    expect(triangles).toHaveLength(3 * 2 * 3 * 2);
    expect([...triangles.subarray(0, 6)]).toEqual([0, 4, 1, 5, 1, 4]);
    const corner = (index: number): Point => [points[3 * index], points[3 * index + 1], 0];
    for (let at = 0; at < triangles.length; at += 3) {
      const [a, b, c] = [0, 1, 2].map((which) => corner(triangles[at + which]));
      // y points down, so that anticlockwise is negative.
      expect((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).toBeLessThan(0);
    }
  });

  it("has a gap where depth jumps, even between the rows and columns that are taken", () => {
    const wall = [1, 1, 9, 9];
    const depth = map(4, 3, [...wall, ...wall, ...wall]);
    expect(toSurface(depth, camera, colors, { maxSlant: 60 }).triangles).toHaveLength(0);
    expect(toSurface(depth, camera, colors, { maxSlant: 90 }).triangles).toHaveLength(36);
    const step = map(5, 3, Array<number[]>(3).fill([1, 1, 5, 9, 9]).flat());
    const all = cameraFromFov(60, { width: 5, height: 3 });
    const sparse = { maxSlant: 89, mostPoints: 6 }; // columns 0, 2 and 4
    expect(flyingPixels(step, all, 89).some(Boolean)).toBe(false);
    expect(toSurface(step, all, new Uint8ClampedArray(60), sparse).triangles).toHaveLength(12);
    const steep = { ...sparse, maxSlant: 80 };
    expect(toSurface(step, all, new Uint8ClampedArray(60), steep).triangles).toHaveLength(0);
  });
});

describe("measuring", () => {
  it("begins anew after two ends", () => {
    const one = withEnd<Point>([], [0, 0, 1]);
    expect(lengthBetween(one)).toBeNull();
    const two = withEnd(one, [0, 0, 3]);
    expect(lengthBetween(two)).toBe(2);
    expect(withEnd(two, [0, 0, 5])).toEqual([[0, 0, 5]]);
  });

  it("says what metres rest on", () => {
    const lens = { camera: cameraFromFov(60, { width: 4, height: 3 }), origin: "EXIF" } as const;
    const grounds = { lens, degrees: 60, lensFactor: 1.25, calibration: null };
    expect(assumption(grounds)).toBe(
      "Rests on: lens from the photograph's EXIF (60° from left to right); " +
        "depth as the model estimates it, brought to this lens (×\u00a01.250).",
    );
    expect(assumption({ ...grounds, calibration: 0.5 })).toMatch(/depth calibrated \(×\u00a00\.500\)/);
  });

  it("calibrates on what was calibrated before", () => {
    const factor = calibrationFactor(4, 1, 2);
    expect(factor).toBe(0.5);
    expect([...scaled(map(1, 1, [2]), factor).metres]).toEqual([1]);
  });
});
