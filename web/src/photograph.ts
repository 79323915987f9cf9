/** A file, a blob or a frame of the camera as upright pixels. */
import { constants } from "./constants";
import { readExif } from "./exif";
import { imageSize } from "./image_size";
import { cameraFromExif, rescaled, type Camera, type Size } from "./lens";
import { Problem } from "./problem";

export interface Photograph {
  readonly name: string;
  readonly pixels: ImageData;
  /** What its EXIF tells of the lens. */
  readonly exifCamera: Camera | null;
  readonly note: string | null;
}

/** Larger ones are shown smaller: memory for depth, colours and points is some 60 bytes a pixel. */
const MOST_SHOWN_PIXELS = 4_000_000;
const HEIC = /\.(heic|heif)$/i;

/**
 * Decodes a picture; transparent parts are white, as in the package.
 *
 * @throws Problem if it is no picture, damaged, too large or too small.
 */
export async function readPhotograph(file: Blob, name: string): Promise<Photograph> {
  const content = await file.arrayBuffer();
  const stored = imageSize(content);
  const limit = constants.maxMegapixels;
  if (stored !== null && stored.width * stored.height > limit * 1e6) {
    const megapixels = ((stored.width * stored.height) / 1e6).toFixed(0);
    throw new Problem(
      `“${name}” has ${megapixels} megapixels; this page takes up to ${String(limit)}. Make it smaller first.`,
    );
  }
  const bitmap = await decode(file, name);
  try {
    const { width, height } = bitmap;
    if (width * height > limit * 1e6) {
      throw new Problem(`“${name}” is too large; this page takes up to ${String(limit)} megapixels.`);
    }
    if (width * height <= 1) {
      throw new Problem(`“${name}” is too small: it is a single pixel.`);
    }
    const shrink = Math.min(1, Math.sqrt(MOST_SHOWN_PIXELS / (width * height)));
    const size = {
      width: Math.max(1, Math.round(width * shrink)),
      height: Math.max(1, Math.round(height * shrink)),
    };
    return {
      name: name.replace(/\.[^.]*$/, "") || "photograph",
      pixels: pixelsOf(bitmap, size),
      exifCamera: exifCamera(content, { width, height }, size),
      note:
        shrink < 1
          ? `shown at ${String(size.width)} × ${String(size.height)} of ${String(width)} × ${String(height)} pixels`
          : null,
    };
  } finally {
    bitmap.close();
  }
}

/** The pixels of anything that can be drawn, at a size. */
export function pixelsOf(source: CanvasImageSource, size: Size): ImageData {
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) {
    throw new Problem("This browser gives the page no canvas to read pictures with.");
  }
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white";
  context.fillRect(0, 0, size.width, size.height);
  context.drawImage(source, 0, 0, size.width, size.height);
  return context.getImageData(0, 0, size.width, size.height);
}

async function decode(file: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new Problem(
      HEIC.test(name)
        ? `This browser cannot open “${name}”: HEIC is the phone's own format. Save it as JPEG first.`
        : `“${name}” is no picture that this browser can open, or it is damaged.`,
    );
  }
}

function exifCamera(content: ArrayBuffer, upright: Size, shown: Size): Camera | null {
  const exif = readExif(content);
  const turned = exif.orientation >= 5 && exif.orientation <= 8;
  const stored = turned ? { width: upright.height, height: upright.width } : upright;
  const camera = cameraFromExif(exif.tags, stored, turned);
  return camera === null ? null : rescaled(camera, upright, shown);
}
