/** What the page shows and does: one picture at a time, with its depth, lens and measurement. */
import { depthRange, type Range } from "./colors";
import { isMeasured, scaled, type DepthMap } from "./depth_map";
import { button, download, element } from "./dom";
import { assumedCamera, cameraFromFov, horizontalFov, type Camera, type Lens } from "./lens";
import { FrameRate, LiveCamera } from "./live_camera";
import { assumption, calibrationFactor, Measurement } from "./measurement";
import type { DepthModel } from "./model/depth_model";
import { readPhotograph, type Photograph } from "./photograph";
import { PictureView, type Pixel } from "./picture_view";
import { Problem, sentence } from "./problem";
import { RoomView } from "./room_view";
import { backProject, toPointCloud, type Point } from "./space";
import { takeHome } from "./take_home";

/** As many points as any graphics card turns smoothly. */
const MOST_SHOWN_POINTS = 400_000;

interface Shown {
  readonly name: string;
  readonly pixels: ImageData;
  /** As the model gave it, before any calibration. */
  readonly estimated: DepthMap;
}

export class App {
  private shown: Shown | null = null;
  private lens: Lens | null = null;
  private factor = 1;
  private unit: "m" | null = "m";
  private readonly measurement = new Measurement();
  private endPixels: Pixel[] = [];
  private room: RoomView | null = null;
  private roomIsStale = true;
  private asked = 0;
  private readonly live = new LiveCamera(element("video", HTMLVideoElement));
  private readonly picture = new PictureView({
    onPoint: (pixel) => (pixel === null ? "" : this.readingAt(pixel)),
    onPick: (pixel) => {
      this.pickPixel(pixel);
    },
    onEscape: () => {
      this.startAgain();
    },
  });

  constructor(private readonly model: Promise<DepthModel>) {
    const fov = element("fov", HTMLInputElement);
    fov.addEventListener("input", () => {
      this.setFov(fov.valueAsNumber);
    });
    on("show-picture", () => {
      this.showRoom(false);
    });
    on("show-room", () => {
      this.showRoom(true);
    });
    on("reset", () => this.room?.reset());
    on("clear", () => {
      this.startAgain();
    });
    on("stop", () => {
      this.live.stop();
    });
    on("another", () => {
      this.live.stop();
      this.showWelcome();
    });
    on("uncalibrate", () => {
      this.setFactor(1);
    });
    element("calibrate", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.calibrate();
    });
    for (const take of document.querySelectorAll<HTMLButtonElement>("[data-take]")) {
      take.addEventListener("click", () => void this.take(take.dataset.take ?? ""));
    }
  }

  showProblem(text: string | null): void {
    const place = element("problem", HTMLElement);
    place.textContent = text ?? "";
    place.hidden = text === null;
  }

  /** Opens a picture that lies beside the page. */
  async openAddress(address: string): Promise<void> {
    const response = await fetch(address).catch(() => null);
    if (response === null || !response.ok) {
      this.showProblem(`The sample is missing: ${address} was not found beside this page.`);
      return;
    }
    await this.open(await response.blob(), address.split("/").at(-1) ?? address);
  }

  /** Opens a picture and finds its depth. */
  async open(file: Blob, name: string): Promise<void> {
    this.live.stop();
    const asked = ++this.asked;
    await this.guarded(async () => {
      const photograph = await readPhotograph(file, name);
      const model = await this.model;
      if (asked !== this.asked) {
        return; // Another picture was opened meanwhile.
      }
      element("engine", HTMLElement).textContent = "Finding depth…";
      checkSize(model, photograph);
      const { width, height } = photograph.pixels;
      const rgba = photograph.pixels.data.slice().buffer;
      const { depth, milliseconds } = await model.predict(width, height, rgba);
      if (asked !== this.asked) {
        return;
      }
      this.shown = { name: photograph.name, pixels: photograph.pixels, estimated: depth };
      this.begin(model, photograph.exifCamera);
      this.picture.showPhoto(photograph.pixels);
      this.showWork();
      this.redraw();
      element("engine", HTMLElement).textContent = `Depth in ${(milliseconds / 1000).toFixed(2)} s`;
      const size = `${String(width)} × ${String(height)} pixels`;
      element("reading", HTMLElement).textContent = `${photograph.name}, ${photograph.note ?? size}`;
      element("pointing", HTMLElement).focus({ preventScroll: true });
    });
  }

  /** Shows the camera's depth until it is stopped; the last frame stays to be measured. */
  async goLive(): Promise<void> {
    await this.guarded(async () => {
      const asked = ++this.asked;
      const model = await this.model;
      await this.live.start();
      button("stop").hidden = false;
      this.showWork();
      this.showRoom(false);
      button("stop").focus();
      const rate = new FrameRate();
      let isFirst = true;
      try {
        while (this.live.isOn && asked === this.asked) {
          const pixels = this.live.frame();
          const rgba = pixels.data.slice().buffer;
          const { depth } = await model.predict(pixels.width, pixels.height, rgba);
          if (asked !== this.asked) {
            break;
          }
          this.shown = { name: "camera", pixels, estimated: depth };
          if (isFirst) {
            this.begin(model, null);
            isFirst = false;
          }
          this.roomIsStale = true;
          this.picture.showPhoto(pixels);
          this.picture.showDepth(this.depth(), this.rangeOf(model), this.unit ?? "");
          const frames = rate.tick(performance.now()).toFixed(1);
          element("engine", HTMLElement).textContent = `${frames} frames/s`;
        }
      } finally {
        this.live.stop();
        button("stop").hidden = true;
      }
      if (asked === this.asked && this.shown !== null) {
        this.redraw();
      }
    });
  }

  /** Forgets what belonged to the picture before the one that is shown now. */
  private begin(model: DepthModel, exifCamera: Camera | null): void {
    if (this.shown === null) {
      return;
    }
    this.unit = model.description.unit;
    this.factor = 1;
    this.lens =
      exifCamera === null
        ? { camera: assumedCamera(this.shown.pixels), origin: "assumed" }
        : { camera: exifCamera, origin: "EXIF" };
    element("reading", HTMLElement).textContent = "";
    this.measurement.clear();
    this.endPixels = [];
    this.picture.showEnds([]);
    this.showMeasured();
    this.showLens();
    button("uncalibrate").hidden = true;
    this.roomIsStale = true;
    this.showRoom(false);
  }

  /** The colours' range of a camera: the model's own, so that a colour keeps its meaning. */
  private rangeOf(model: DepthModel): Range {
    const { min_depth: near, max_depth: far } = model.description;
    return near === undefined || far === undefined
      ? depthRange(this.depth())
      : { near: near * this.factor, far: far * this.factor };
  }

  private depth(): DepthMap {
    if (this.shown === null) {
      throw new Problem("Open a picture first.");
    }
    return scaled(this.shown.estimated, this.factor);
  }

  private redraw(): void {
    const depth = this.depth();
    this.picture.showDepth(depth, depthRange(depth), this.unit ?? "");
    this.roomIsStale = true;
    if (!element("room-box", HTMLElement).hidden) {
      this.fillRoom(false);
    }
  }

  private readingAt([u, v]: Pixel): string {
    if (this.shown === null) {
      return "";
    }
    const { width, metres } = this.shown.estimated;
    return this.inUnit(metres[v * width + u] * this.factor);
  }

  private inUnit(value: number): string {
    return isMeasured(value) ? `${value.toFixed(2)} ${this.unit ?? "(relative)"}` : "no depth";
  }

  private pickPixel(pixel: Pixel): void {
    if (this.shown === null || this.lens === null) {
      return;
    }
    const { width, metres } = this.shown.estimated;
    const value = metres[pixel[1] * width + pixel[0]] * this.factor;
    if (!isMeasured(value)) {
      this.showProblem("There is no depth at this point; take one beside it.");
      return;
    }
    this.showProblem(null);
    this.endPixels = this.endPixels.length === 2 ? [pixel] : [...this.endPixels, pixel];
    this.picture.showEnds(this.endPixels);
    this.addEnd(backProject(pixel[0], pixel[1], value, this.lens.camera));
  }

  private addEnd(point: Point): void {
    this.measurement.add(point);
    this.showMeasured();
  }

  /** A point of the room is a pixel of the picture. */
  private pickPoint([x, y, z]: Point): void {
    if (this.lens === null || this.shown === null) {
      return;
    }
    const { fx, fy, cx, cy } = this.lens.camera;
    this.pickPixel([Math.round((fx * x) / z + cx), Math.round((fy * y) / z + cy)]);
  }

  private startAgain(): void {
    this.measurement.clear();
    this.endPixels = [];
    this.picture.showEnds([]);
    this.showMeasured();
  }

  private showMeasured(): void {
    const place = element("measured", HTMLElement);
    const length = this.measurement.length;
    button("clear").disabled = this.measurement.points.length === 0;
    this.room?.showLine(this.measurement.points);
    if (length === null || this.lens === null || this.shown === null) {
      place.textContent =
        this.measurement.points.length === 1
          ? "One end is set; click the other one."
          : "Click two points of the picture or of the room.";
      return;
    }
    const number = document.createElement("strong");
    number.textContent = this.unit === null ? length.toFixed(3) : `${length.toFixed(2)} m`;
    const why = document.createElement("span");
    why.textContent = assumption(
      this.lens,
      horizontalFov(this.lens.camera, this.shown.pixels),
      this.factor,
    );
    place.replaceChildren(number, why);
  }

  private calibrate(): void {
    const known = element("known", HTMLInputElement).valueAsNumber;
    const measured = this.measurement.length;
    if (measured === null || measured === 0) {
      this.showProblem("Measure the length that you know first: click its two ends.");
    } else if (!(known > 0)) {
      this.showProblem("Type the true length in metres, as 0.80.");
    } else {
      this.showProblem(null);
      this.unit = "m";
      this.setFactor(calibrationFactor(measured, known, this.factor));
    }
  }

  private setFactor(factor: number): void {
    this.factor = factor;
    button("uncalibrate").hidden = factor === 1;
    this.measureAgain();
    this.redraw();
  }

  private setFov(degrees: number): void {
    if (this.shown !== null) {
      this.lens = { camera: cameraFromFov(degrees, this.shown.pixels), origin: "slider" };
      this.showLens();
      this.measureAgain();
      this.redraw();
    }
  }

  private measureAgain(): void {
    const pixels = this.endPixels;
    this.startAgain();
    pixels.forEach((pixel) => {
      this.pickPixel(pixel);
    });
  }

  private showLens(): void {
    if (this.lens !== null && this.shown !== null) {
      const degrees = horizontalFov(this.lens.camera, this.shown.pixels);
      element("fov", HTMLInputElement).valueAsNumber = degrees;
      element("fov-shown", HTMLOutputElement).value = `${degrees.toFixed(1)}°`;
      element("lens-origin", HTMLElement).textContent = {
        EXIF: "From the photograph's EXIF.",
        slider: "As you set it.",
        assumed: "Not known: a phone's main camera is assumed.",
      }[this.lens.origin];
    }
  }

  private showRoom(isShown: boolean): void {
    button("show-picture").setAttribute("aria-pressed", String(!isShown));
    button("show-room").setAttribute("aria-pressed", String(isShown));
    element("picture", HTMLElement).hidden = isShown;
    element("wipe-row", HTMLElement).hidden = isShown;
    element("room-box", HTMLElement).hidden = !isShown;
    if (isShown) {
      this.live.stop();
      void this.guarded(() => {
        this.room ??= new RoomView(element("room", HTMLCanvasElement), (point) => {
          this.pickPoint(point);
        });
        this.fillRoom(true);
        this.room.showLine(this.measurement.points);
      });
    }
  }

  private fillRoom(isNew: boolean): void {
    if (this.roomIsStale && this.room !== null && this.shown !== null && this.lens !== null) {
      const { camera } = this.lens;
      const cloud = toPointCloud(
        this.depth(),
        camera,
        this.shown.pixels.data,
        undefined,
        MOST_SHOWN_POINTS,
      );
      if (isNew) {
        this.room.show(cloud);
      } else {
        this.room.update(cloud);
      }
      this.roomIsStale = false;
    }
  }

  private async take(format: string): Promise<void> {
    await this.guarded(async () => {
      if (this.shown === null || this.lens === null) {
        throw new Problem("Open a picture first.");
      }
      const model = await this.model;
      const file = await takeHome(format, {
        pixels: this.shown.pixels,
        depth: this.depth(),
        camera: this.lens.camera,
        unit: this.unit,
        largestDepth: model.description.max_depth,
      });
      download(file.content, this.shown.name + file.suffix, file.kind);
    });
  }

  private showWork(): void {
    element("welcome", HTMLElement).hidden = true;
    element("work", HTMLElement).hidden = false;
  }

  private showWelcome(): void {
    this.asked++;
    element("welcome", HTMLElement).hidden = false;
    element("work", HTMLElement).hidden = true;
    this.showProblem(null);
    element("file", HTMLInputElement).focus();
  }

  private async guarded(work: () => Promise<void> | void): Promise<void> {
    this.showProblem(null);
    try {
      await work();
    } catch (error) {
      this.showProblem(sentence(error));
      const engine = element("engine", HTMLElement);
      engine.textContent = engine.textContent === "Finding depth…" ? "Ready" : engine.textContent;
    }
  }
}

function checkSize(model: DepthModel, photograph: Photograph): void {
  const fixed = model.description.fixed_size;
  const { width, height } = photograph.pixels;
  if (fixed !== null && (fixed[0] !== height || fixed[1] !== width)) {
    throw new Problem(
      `This model takes pictures of ${String(fixed[1])} × ${String(fixed[0])} pixels only; ` +
        `this one has ${String(width)} × ${String(height)}.`,
    );
  }
}

function on(id: string, action: () => void): void {
  button(id).addEventListener("click", action);
}
