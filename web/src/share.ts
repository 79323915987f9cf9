/**
 * The 3-D viewer of a file that `predict.py --save html` writes: a picture and its depth lie in it.
 */
import { colorize, type Range } from "./colors";
import { colorTable } from "./constants";
import type { DepthMap } from "./depth_map";
import { button, element } from "./dom";
import type { Camera } from "./lens";
import { lengthBetween, withEnd } from "./measurement";
import { sentence } from "./problem";
import { RoomView } from "./room_view";
import { toPointCloud, type Point } from "./space";
import { toSurface } from "./surface";

/** What `html_viewer.py` tells; flying pixels are missing already. */
interface SharedDepth extends Camera, Range {
  readonly width: number;
  readonly height: number;
  readonly metresPerUnit: number;
  readonly colorTable: string;
  readonly unit: "m" | null;
  readonly lens: string;
  /** Degrees of the steepest surface, see `flyingPixels`; 90 keeps all. */
  readonly edgeFilter: number;
}

const NO_FILTER = { maxSlant: 90 };

async function show(): Promise<void> {
  const about = JSON.parse(element("about", HTMLElement).textContent ?? "{}") as SharedDepth;
  const { width, height } = about;
  const depth: DepthMap = { width, height, metres: await storedDepth(about) };
  const context = new OffscreenCanvas(width, height).getContext("2d");
  const photo = element("photo", HTMLImageElement);
  await photo.decode();
  context?.drawImage(photo, 0, 0, width, height);
  const painted = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
  const colored = colorize(depth, about, colorTable(about.colorTable));
  let ends: readonly Point[] = [];
  const room = new RoomView(element("room", HTMLCanvasElement), (point) => {
    ends = withEnd(ends, point);
    room.showLine(ends);
    const length = lengthBetween(ends);
    const text = length === null ? "" : `${length.toFixed(2)} ${about.unit ?? "(relative)"}`;
    element("measured", HTMLElement).textContent =
      length === null ? "One end is set; click the other one." : `${text} · ${about.lens}`;
  });
  let isColored = false;
  let isSurface = false;
  const fill = (): void => {
    const colors = isColored ? colored : painted;
    room.update(
      isSurface
        ? toSurface(depth, about, colors, { maxSlant: about.edgeFilter })
        : toPointCloud(depth, about, colors, NO_FILTER),
    );
  };
  fill();
  room.reset();
  button("reset").addEventListener("click", () => {
    room.reset();
  });
  const toggle = (id: string, set: () => boolean): void => {
    button(id).addEventListener("click", () => {
      button(id).setAttribute("aria-pressed", String(set()));
      fill();
    });
  };
  toggle("colors", () => (isColored = !isColored));
  toggle("surface", () => (isSurface = !isSurface));
}

/** 16-bit units, little-endian, deflated. */
async function storedDepth(about: SharedDepth): Promise<Float32Array> {
  const text = element("units", HTMLElement).textContent ?? "";
  const packed = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const units = new Uint16Array(await new Response(stream).arrayBuffer());
  return Float32Array.from(units, (value) => value * about.metresPerUnit);
}

show().catch((error: unknown) => {
  element("measured", HTMLElement).textContent = sentence(error);
});
