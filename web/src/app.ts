/** What the page shows and does: one picture at a time, with its depth, room and files. */
import { button, download, element } from "./dom";
import { LensPanel } from "./lens_panel";
import { FrameRate, LiveCamera } from "./live_camera";
import { MeasurePanel } from "./measure_panel";
import type { DepthModel } from "./model/depth_model";
import { readPhotograph } from "./photograph";
import { PictureView } from "./picture_view";
import { Problem, sentence } from "./problem";
import { RoomPanel } from "./room_panel";
import { Sight } from "./sight";
import { takeHome } from "./take_home";

const FINDING = "Finding depth…";

export class App {
  private sight: Sight | null = null;
  private asked = 0;
  private readonly live = new LiveCamera(element("video", HTMLVideoElement));
  private readonly picture = new PictureView({
    onPoint: (pixel) => this.sight?.inWords(this.sight.metresAt(pixel)) ?? "",
    onPick: (pixel) => {
      this.measure.pick(pixel);
    },
    onEscape: () => {
      this.measure.clear();
    },
  });
  private readonly room = new RoomPanel(
    () => this.sight,
    (point) => {
      // A point of the room is a pixel of the picture.
      if (this.sight !== null) {
        this.measure.pick(this.sight.pixelOf(point));
      }
    },
  );
  private readonly measure = new MeasurePanel(() => this.sight, {
    onEnds: (pixels, points) => {
      this.picture.showEnds(pixels);
      this.room.showLine(points);
    },
    onCalibrate: (factor) => {
      this.change((sight) => {
        sight.calibration = factor;
      });
    },
    onProblem: (text) => {
      this.showProblem(text);
    },
  });
  private readonly lens = new LensPanel((degrees) => {
    this.change((sight) => {
      sight.setFov(degrees);
    });
  });

  constructor(private readonly model: Promise<DepthModel>) {
    button("show-picture").addEventListener("click", () => {
      this.showRoom(false);
    });
    button("show-room").addEventListener("click", () => {
      this.showRoom(true);
    });
    button("stop").addEventListener("click", () => {
      this.live.stop();
    });
    button("another").addEventListener("click", () => {
      this.live.stop();
      this.showWelcome();
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
      say(FINDING);
      const { pixels } = photograph;
      checkSize(model, pixels);
      const { depth, milliseconds } = await model.predict(pixels);
      if (asked !== this.asked) {
        return;
      }
      this.begin(new Sight(photograph.name, pixels, depth, model.description, photograph.exifCamera));
      this.redraw();
      say(`Depth in ${(milliseconds / 1000).toFixed(2)} s · ${model.computesWith}`);
      const size = `${String(pixels.width)} × ${String(pixels.height)} pixels`;
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
      try {
        await this.watch(model, () => this.live.isOn && asked === this.asked);
      } finally {
        this.live.stop();
        button("stop").hidden = true;
      }
      if (asked === this.asked && this.sight !== null) {
        say(`Ready · ${model.computesWith}`);
        this.redraw();
        this.measure.show();
      }
    });
  }

  private async watch(model: DepthModel, goesOn: () => boolean): Promise<void> {
    const rate = new FrameRate();
    let seen: Sight | null = null;
    while (goesOn()) {
      const pixels = this.live.frame();
      checkSize(model, pixels);
      const { depth } = await model.predict(pixels);
      if (!goesOn() && seen !== null) {
        return;
      }
      if (seen === null) {
        seen = new Sight("camera", pixels, depth, model.description, null);
        this.begin(seen);
      } else {
        // Asked of what is shown, whose lens may have been set meanwhile.
        seen = (this.sight ?? seen).next(pixels, depth);
        this.sight = seen;
        this.room.refresh();
      }
      this.picture.showPhoto(pixels);
      this.picture.showDepth(seen.depth, seen.steadyRange, seen.unit ?? "");
      const frames = rate.tick(performance.now());
      say(frames === 0 ? "First frame" : `${frames.toFixed(1)} frames/s · ${model.computesWith}`);
    }
  }

  /** Shows a picture, and forgets what belonged to the one before. */
  private begin(sight: Sight): void {
    this.sight = sight;
    element("reading", HTMLElement).textContent = "";
    this.picture.showPhoto(sight.pixels);
    this.room.begin();
    this.measure.begin();
    this.lens.show(sight);
    this.showWork();
    this.showRoom(false);
  }

  /** Other metres of the same picture. */
  private change(set: (sight: Sight) => void): void {
    if (this.sight !== null) {
      set(this.sight);
      this.lens.show(this.sight);
      this.redraw();
      this.measure.show();
    }
  }

  private redraw(): void {
    if (this.sight !== null) {
      const { depth, range, unit } = this.sight;
      this.picture.showDepth(depth, range, unit ?? "");
      this.room.refresh();
    }
  }

  private showRoom(isShown: boolean): void {
    button("show-picture").setAttribute("aria-pressed", String(!isShown));
    button("show-room").setAttribute("aria-pressed", String(isShown));
    element("picture", HTMLElement).hidden = isShown;
    element("wipe-row", HTMLElement).hidden = isShown;
    this.room.hide();
    if (isShown) {
      this.live.stop();
      element("reading", HTMLElement).textContent = "";
      void this.guarded(() => {
        this.room.show();
      });
    }
  }

  private async take(format: string): Promise<void> {
    await this.guarded(async () => {
      if (this.sight === null) {
        throw new Problem("Open a picture first.");
      }
      const { name } = this.sight;
      const file = await takeHome(format, this.sight, this.room.maxSlant);
      download(file.content, name + file.suffix, file.kind);
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
      if (element("engine", HTMLElement).textContent === FINDING) {
        say("Ready");
      }
    }
  }
}

function say(text: string): void {
  element("engine", HTMLElement).textContent = text;
}

function checkSize(model: DepthModel, { width, height }: ImageData): void {
  const fixed = model.description.fixed_size;
  if (fixed !== null && (fixed[0] !== height || fixed[1] !== width)) {
    throw new Problem(
      `This model takes pictures of ${String(fixed[1])} × ${String(fixed[0])} pixels only; ` +
        `this one has ${String(width)} × ${String(height)}.`,
    );
  }
}
