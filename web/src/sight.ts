/** One picture and its depth, with all that the metres of its points follow from. */
import { depthRange, type Range } from "./colors";
import { isMeasured, scaled, type DepthMap } from "./depth_map";
import { assumedCamera, cameraFromFov, horizontalFov, type Camera, type Lens } from "./lens";
import { lensFactor } from "./lens_rule";
import type { Grounds } from "./measurement";
import type { ModelDescription } from "./model/model_files";
import { backProject, type Point } from "./space";

/** Column and row. */
export type Pixel = readonly [number, number];

export class Sight {
  private calibrated: number | null = null;
  private scaledDepth: DepthMap | null = null;
  private usedLens: Lens;

  /** @param estimated As the model gave it: for the camera that it learnt from. */
  constructor(
    readonly name: string,
    readonly pixels: ImageData,
    private readonly estimated: DepthMap,
    private readonly model: ModelDescription,
    private readonly exifCamera: Camera | null,
  ) {
    this.usedLens = this.lensOfPicture();
  }

  /** The next picture of the same camera. */
  next(pixels: ImageData, estimated: DepthMap): Sight {
    const sight = new Sight(this.name, pixels, estimated, this.model, this.exifCamera);
    if (pixels.width === this.pixels.width && pixels.height === this.pixels.height) {
      sight.usedLens = this.usedLens;
    }
    sight.calibrated = this.calibrated;
    return sight;
  }

  get lens(): Lens {
    return this.usedLens;
  }

  get degrees(): number {
    return horizontalFov(this.usedLens.camera, this.pixels);
  }

  /** @param degrees From left to right; null for what is known of the picture itself. */
  setFov(degrees: number | null): void {
    this.usedLens =
      degrees === null
        ? this.lensOfPicture()
        : { camera: cameraFromFov(degrees, this.pixels), origin: "slider" };
    this.scaledDepth = null;
  }

  /** What the model's depth is multiplied by since one length is known, whatever the lens. */
  get calibration(): number | null {
    return this.calibrated;
  }

  set calibration(factor: number | null) {
    this.calibrated = factor;
    this.scaledDepth = null;
  }

  /** Null while depth is known up to a factor only. */
  get unit(): "m" | null {
    return this.calibrated === null ? this.model.unit : "m";
  }

  /** The largest that the model can tell, in its own units. */
  get largestDepth(): number | undefined {
    return this.model.max_depth;
  }

  get depth(): DepthMap {
    this.scaledDepth ??= scaled(this.estimated, this.factor);
    return this.scaledDepth;
  }

  /** Metres of the first and the last colour. */
  get range(): Range {
    return depthRange(this.depth);
  }

  /** The model's own range, with which a colour keeps its meaning from frame to frame. */
  get steadyRange(): Range {
    const { min_depth: near, max_depth: far } = this.model;
    return near === undefined || far === undefined
      ? this.range
      : { near: near * this.factor, far: far * this.factor };
  }

  get grounds(): Grounds {
    const { lens, degrees, calibration } = this;
    return { lens, degrees, calibration, lensFactor: this.lensFactor };
  }

  metresAt([u, v]: Pixel): number {
    return this.estimated.metres[v * this.estimated.width + u] * this.factor;
  }

  /** The point that a pixel sees; null where there is no depth. */
  pointAt(pixel: Pixel): Point | null {
    const metres = this.metresAt(pixel);
    return isMeasured(metres)
      ? backProject(pixel[0], pixel[1], metres, this.usedLens.camera)
      : null;
  }

  /** The pixel that sees a point. */
  pixelOf([x, y, z]: Point): Pixel {
    const { fx, fy, cx, cy } = this.usedLens.camera;
    const inside = (value: number, side: number): number =>
      Math.min(side - 1, Math.max(0, Math.round(value)));
    return [
      inside((fx * x) / z + cx, this.pixels.width),
      inside((fy * y) / z + cy, this.pixels.height),
    ];
  }

  inWords(metres: number): string {
    return isMeasured(metres) ? `${metres.toFixed(2)} ${this.unit ?? "(relative)"}` : "no depth";
  }

  private lensOfPicture(): Lens {
    return this.exifCamera === null
      ? { camera: assumedCamera(this.pixels), origin: "assumed" }
      : { camera: this.exifCamera, origin: "EXIF" };
  }

  /** Of a lens that is merely assumed nothing follows for metres, as in the package. */
  private get lensFactor(): number {
    const { camera, origin } = this.usedLens;
    const isKnown = origin !== "assumed" && this.model.unit !== null;
    return isKnown ? lensFactor(camera, this.pixels, this.model) : 1;
  }

  /** What the model's depth is multiplied by. */
  get factor(): number {
    return this.calibrated ?? this.lensFactor;
  }
}
