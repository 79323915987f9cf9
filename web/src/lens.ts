/** Pinhole cameras in pixels; the top left pixel's centre is (0, 0), as in `geometry/cameras`. */
import { constants } from "./constants";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Camera {
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
}

/** What is known of a lens: the camera, and in words where that is from. */
export interface Lens {
  readonly camera: Camera;
  readonly origin: "EXIF" | "slider" | "assumed";
}

const DEGREE = Math.PI / 180;

/** Square pixels, a centred principal point, and so many degrees from left to right. */
export function cameraFromFov(horizontalFov: number, size: Size): Camera {
  const focal = size.width / (2 * Math.tan((horizontalFov * DEGREE) / 2));
  return centred(focal, focal, size);
}

/** Where nothing is known: 63 degrees across the longer side. */
export function assumedCamera(size: Size): Camera {
  const longer = Math.max(size.width, size.height);
  const focal = longer / (2 * Math.tan((constants.assumedFov * DEGREE) / 2));
  return centred(focal, focal, size);
}

/** Degrees between the rays of the left and the right border. */
export function horizontalFov(camera: Camera, size: Size): number {
  const left = Math.atan((camera.cx + 0.5) / camera.fx);
  const right = Math.atan((size.width - 0.5 - camera.cx) / camera.fx);
  return (left + right) / DEGREE;
}

/** The camera after the image was resized as a whole. */
export function rescaled(camera: Camera, from: Size, to: Size): Camera {
  const across = to.width / from.width;
  const down = to.height / from.height;
  return {
    fx: camera.fx * across,
    fy: camera.fy * down,
    cx: (camera.cx + 0.5) * across - 0.5,
    cy: (camera.cy + 0.5) * down - 0.5,
  };
}

function centred(fx: number, fy: number, size: Size): Camera {
  return { fx: f32(fx), fy: f32(fy), cx: (size.width - 1) / 2, cy: (size.height - 1) / 2 };
}

const f32 = Math.fround;

/**
 * The camera that EXIF tags tell of, as `exif_intrinsics.py` works it out.
 *
 * @param tags Tag number -> value of the EXIF directory.
 * @param stored Size of the image as stored, before its orientation.
 * @param turned The orientation swaps rows and columns (5 to 8).
 * @returns The camera of the upright image; null if the tags do not tell or contradict themselves.
 */
export function cameraFromExif(
  tags: ReadonlyMap<number, number>,
  stored: Size,
  turned: boolean,
): Camera | null {
  const tag = constants.exifTags;
  let taken = {
    width: positive(tags, tag.pixelWidth) ?? stored.width,
    height: positive(tags, tag.pixelHeight) ?? stored.height,
  };
  if (!sameShape(taken, stored)) {
    taken = { width: taken.height, height: taken.width };
  }
  if (!sameShape(taken, stored)) {
    return null;
  }
  const focal =
    focalFrom35mm(tags, stored) ?? focalFromPlane(tags, stored.width / taken.width);
  if (focal === null) {
    return null;
  }
  const degrees = horizontalFov(centred(focal[0], focal[1], stored), stored);
  const [least, most] = constants.plausibleFov;
  if (!(degrees > least && degrees < most)) {
    return null;
  }
  const upright = turned ? { width: stored.height, height: stored.width } : stored;
  return turned ? centred(focal[1], focal[0], upright) : centred(focal[0], focal[1], upright);
}

function focalFrom35mm(tags: ReadonlyMap<number, number>, size: Size): [number, number] | null {
  const film = positive(tags, constants.exifTags.focalLength35mm);
  if (film === null) {
    return null;
  }
  const focal = (film / constants.filmDiagonal) * Math.hypot(size.width, size.height);
  return [focal, focal];
}

function focalFromPlane(tags: ReadonlyMap<number, number>, scale: number): [number, number] | null {
  const tag = constants.exifTags;
  const length = positive(tags, tag.focalLength);
  const across = positive(tags, tag.focalPlaneX);
  const units: Record<string, number> = constants.focalPlaneMillimetres;
  const unit = units[String(Math.trunc(positive(tags, tag.focalPlaneUnit) ?? constants.inch))];
  if (length === null || across === null || unit === undefined) {
    return null;
  }
  const down = positive(tags, tag.focalPlaneY) ?? across;
  const zoom = scale * Math.max(1, positive(tags, tag.digitalZoom) ?? 1);
  return [((length * across) / unit) * zoom, ((length * down) / unit) * zoom];
}

function sameShape(size: Size, other: Size): boolean {
  const slack =
    constants.maxAspectChange + 1 / Math.min(size.width, size.height, other.width, other.height);
  const change = ((size.height / size.width) * other.width) / other.height;
  return Math.abs(Math.log(change)) <= slack;
}

function positive(tags: ReadonlyMap<number, number>, tag: number): number | null {
  const value = tags.get(tag);
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : null;
}
