/** Metres for the camera of a photograph, as `geometry/cameras/lens.py` brings them to it. */
import { roundHalfEven } from "./colors";
import { constants } from "./constants";
import type { Camera, Size } from "./lens";

type HeightWidth = readonly [number, number];

/** What a model tells of the camera that it learnt from. */
export interface LearntCamera {
  /** In widths of the training images. */
  readonly focal_length?: number;
  /** (height, width) of the training images. */
  readonly image_size?: HeightWidth;
  /** (height, width) to which the network brings every image; else see `workingSize`. */
  readonly network_size?: HeightWidth;
}

/**
 * What the model's depth of an image is multiplied by to be metres of the image's camera: a lens
 * twice as long is not half the distance.
 *
 * @returns 1 where the model does not tell which camera it learnt from.
 */
export function lensFactor(camera: Camera, size: Size, learnt: LearntCamera): number {
  if (learnt.focal_length === undefined) {
    return 1;
  }
  const seen = learnt.network_size ?? workingSize(size, learnt.image_size);
  const across = (camera.fx * seen[1]) / size.width;
  const down = (camera.fy * seen[0]) / size.height;
  const trained = learnt.image_size ?? seen;
  return Math.sqrt(across * down) / (learnt.focal_length * trained[1]);
}

/** (height, width) at which a network of any size sees an image, as `resizing/resize.py` has it. */
export function workingSize(size: Size, trained?: HeightWidth): HeightWidth {
  const f32 = Math.fround;
  let sides = [size.height, size.width];
  let longest = Infinity;
  if (trained !== undefined) {
    const scale = f32(Math.sqrt(f32((trained[0] * trained[1]) / f32(size.height * size.width))));
    sides = sides.map((side) => f32(side * scale));
    longest = constants.longestSideFactor * Math.max(...trained);
  }
  const [height, width] = sides.map((side) => {
    const within = Math.max(Math.min(side, longest), constants.stride);
    return roundHalfEven(f32(within / constants.stride)) * constants.stride;
  });
  return [height, width];
}
