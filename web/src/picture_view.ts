/** The photograph, its depth in colours over it, the bar of metres, and where one points. */
import { colorize, ticks, type Range } from "./colors";
import { COLOR_TABLE } from "./constants";
import type { DepthMap } from "./depth_map";
import { canvas, element } from "./dom";
import type { Size } from "./lens";
import type { Pixel } from "./sight";

interface Handlers {
  /** What there is to say of a pixel that somebody points at. */
  readonly onPoint: (pixel: Pixel) => string;
  readonly onPick: (pixel: Pixel) => void;
  readonly onEscape: () => void;
}

const SVG = "http://www.w3.org/2000/svg";
const LARGE_STEP = 20;

export class PictureView {
  private readonly photo = canvas("photo");
  private readonly depth = canvas("depth");
  private readonly pointing = element("pointing", HTMLElement);
  private readonly wipe = element("wipe", HTMLInputElement);
  private readonly tip = element("tip", HTMLOutputElement);
  private readonly reading = element("reading", HTMLElement);
  private size: Size = { width: 1, height: 1 };
  private cursor: Pixel | null = null;
  private ends: readonly Pixel[] = [];

  constructor(private readonly handlers: Handlers) {
    this.wipe.addEventListener("input", () => {
      this.slide();
    });
    this.pointing.addEventListener("pointermove", (event) => {
      this.point(this.pixelAt(event), event.pointerType === "touch" ? null : event);
    });
    this.pointing.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
      this.cursor = null;
      this.drawMarks();
    });
    this.pointing.addEventListener("click", (event) => {
      this.handlers.onPick(this.pixelAt(event));
    });
    this.pointing.addEventListener("keydown", (event) => {
      this.onKey(event);
    });
    drawColors(canvas("bar-colors"));
  }

  /** Shows a picture; its size is that of its depth. */
  showPhoto(pixels: ImageData): void {
    this.size = pixels;
    for (const each of [this.photo, this.depth]) {
      if (each.width !== pixels.width || each.height !== pixels.height) {
        each.width = pixels.width;
        each.height = pixels.height;
      }
    }
    this.photo.parentElement?.style.setProperty("--aspect", String(pixels.width / pixels.height));
    this.photo.getContext("2d")?.putImageData(pixels, 0, 0);
  }

  showDepth(depth: DepthMap, range: Range, unit: string): void {
    const pixels = new ImageData(colorize(depth, range), depth.width, depth.height);
    this.depth.getContext("2d")?.putImageData(pixels, 0, 0);
    this.slide();
    showTicks(range, unit);
  }

  showEnds(ends: readonly Pixel[]): void {
    this.ends = ends;
    this.drawMarks();
  }

  private slide(): void {
    this.depth.style.setProperty("clip-path", `inset(0 0 0 ${String(100 - this.wipe.valueAsNumber)}%)`);
    this.drawMarks();
  }

  private pixelAt(event: MouseEvent): Pixel {
    const box = this.pointing.getBoundingClientRect();
    return this.inside(
      Math.floor(((event.clientX - box.left) / box.width) * this.size.width),
      Math.floor(((event.clientY - box.top) / box.height) * this.size.height),
    );
  }

  private inside(u: number, v: number): Pixel {
    return [
      Math.min(this.size.width - 1, Math.max(0, u)),
      Math.min(this.size.height - 1, Math.max(0, v)),
    ];
  }

  private point(pixel: Pixel, event: MouseEvent | null): void {
    const text = this.handlers.onPoint(pixel);
    this.reading.textContent = `${text} here (column ${String(pixel[0])}, row ${String(pixel[1])})`;
    this.tip.textContent = text;
    this.tip.hidden = event === null;
    if (event !== null) {
      const box = this.pointing.getBoundingClientRect();
      const isRight = event.clientX - box.left > box.width * 0.7;
      const shift = isRight ? -this.tip.offsetWidth - 14 : 14;
      this.tip.style.setProperty("left", `${String(event.clientX - box.left + shift)}px`);
      this.tip.style.setProperty("top", `${String(Math.max(0, event.clientY - box.top - 32))}px`);
    }
  }

  private onKey(event: KeyboardEvent): void {
    const step = event.shiftKey ? LARGE_STEP : 1;
    const moves: Record<string, Pixel> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const middle: Pixel = [this.size.width >> 1, this.size.height >> 1];
    if (event.key in moves) {
      const [u, v] = this.cursor ?? middle;
      this.cursor = this.inside(u + moves[event.key][0], v + moves[event.key][1]);
      this.point(this.cursor, null);
      this.drawMarks();
    } else if (event.key === "Enter" || event.key === " ") {
      this.cursor ??= middle;
      this.handlers.onPick(this.cursor);
    } else if (event.key === "Escape") {
      this.handlers.onEscape();
    } else {
      return;
    }
    event.preventDefault();
  }

  private drawMarks(): void {
    const { width, height } = this.size;
    const marks = document.getElementById("marks");
    if (marks === null) {
      return;
    }
    marks.setAttribute("viewBox", `0 0 ${String(width)} ${String(height)}`);
    marks.setAttribute("preserveAspectRatio", "none");
    const lines: SVGElement[] = [];
    const edge = width * (1 - this.wipe.valueAsNumber / 100);
    if (edge > 0 && edge < width) {
      lines.push(line([edge, 0], [edge, height], "wipe-edge"));
    }
    const reach = Math.max(width, height) / 60;
    const crosses: [Pixel, string][] = this.ends.map((end) => [end, "end"]);
    if (this.cursor !== null) {
      crosses.push([this.cursor, "cross"]);
    }
    const drawn: [Pixel, Pixel, string][] = crosses.flatMap(([[u, v], kind]) => [
      [[u + 0.5 - reach, v + 0.5], [u + 0.5 + reach, v + 0.5], kind],
      [[u + 0.5, v + 0.5 - reach], [u + 0.5, v + 0.5 + reach], kind],
    ]);
    if (this.ends.length === 2) {
      const [from, to] = this.ends;
      drawn.push([[from[0] + 0.5, from[1] + 0.5], [to[0] + 0.5, to[1] + 0.5], "end"]);
    }
    lines.push(...drawn.filter((each) => each[2] === "end").map(([a, b]) => line(a, b, "halo")));
    lines.push(...drawn.map(([a, b, kind]) => line(a, b, kind)));
    marks.replaceChildren(...lines);
  }
}

function line(from: Pixel, to: Pixel, kind: string): SVGElement {
  const drawn = document.createElementNS(SVG, "line");
  const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
  for (const [name, value] of Object.entries(ends)) {
    drawn.setAttribute(name, String(value));
  }
  drawn.setAttribute("class", kind);
  return drawn;
}

/** Near at the bottom, as in the package's pictures. */
function drawColors(bar: HTMLCanvasElement): void {
  const pixels = new ImageData(1, 256);
  for (let row = 0; row < 256; row++) {
    const from = 3 * (255 - row);
    pixels.data.set([...COLOR_TABLE.subarray(from, from + 3), 255], 4 * row);
  }
  bar.getContext("2d")?.putImageData(pixels, 0, 0);
}

function showTicks(range: Range, unit: string): void {
  const labels = ticks(range).map((value) => {
    const label = document.createElement("span");
    label.textContent = `${String(value)} ${unit}`.trim();
    const share = (value - range.near) / (range.far - range.near);
    label.style.setProperty("bottom", `${String(100 * share)}%`);
    return label;
  });
  element("bar-ticks", HTMLElement).replaceChildren(...labels);
}
