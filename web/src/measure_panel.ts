/** Two ends, the distance between them, and calibration by one that is known. */
import { button, element } from "./dom";
import { assumption, calibrationFactor, lengthBetween, withEnd } from "./measurement";
import type { Pixel, Sight } from "./sight";
import type { Point } from "./space";

interface Handlers {
  /** Ends were set, moved in space, or taken away. */
  readonly onEnds: (pixels: readonly Pixel[], points: readonly Point[]) => void;
  readonly onCalibrate: (factor: number | null) => void;
  readonly onProblem: (text: string | null) => void;
}

export class MeasurePanel {
  private ends: readonly Pixel[] = [];

  /** @param sight What is measured in; null before there is a picture. */
  constructor(
    private readonly sight: () => Sight | null,
    private readonly handlers: Handlers,
  ) {
    button("clear").addEventListener("click", () => {
      this.clear();
    });
    button("uncalibrate").addEventListener("click", () => {
      this.handlers.onCalibrate(null);
    });
    element("calibrate", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.calibrate();
    });
  }

  pick(pixel: Pixel): void {
    const sight = this.sight();
    if (sight === null) {
      return;
    }
    if (sight.pointAt(pixel) === null) {
      this.handlers.onProblem("There is no depth at this point; take one beside it.");
      return;
    }
    this.handlers.onProblem(null);
    this.ends = withEnd(this.ends, pixel);
    this.show();
  }

  /** Another picture. */
  begin(): void {
    element("calibrate", HTMLFormElement).reset();
    this.clear();
  }

  clear(): void {
    this.ends = [];
    this.show();
  }

  /** Says the distance, as it is by now. */
  show(): void {
    const sight = this.sight();
    const points = this.points();
    const length = lengthBetween(points);
    this.handlers.onEnds(this.ends, points);
    button("clear").disabled = points.length === 0;
    button("uncalibrate").hidden = sight === null || sight.calibration === null;
    const place = element("measured", HTMLElement);
    if (length === null || sight === null) {
      place.textContent =
        points.length === 1
          ? "One end is set; click the other one."
          : "Click two points of the picture or of the room.";
      return;
    }
    const number = document.createElement("strong");
    number.textContent = sight.unit === null ? length.toFixed(3) : `${length.toFixed(2)} m`;
    const why = document.createElement("span");
    why.textContent = assumption(sight.grounds);
    place.replaceChildren(number, why);
  }

  private points(): Point[] {
    const sight = this.sight();
    return this.ends.flatMap((end) => {
      const point = sight?.pointAt(end) ?? null;
      return point === null ? [] : [point];
    });
  }

  private calibrate(): void {
    const known = element("known", HTMLInputElement).valueAsNumber;
    const measured = lengthBetween(this.points());
    if (measured === null || measured === 0) {
      this.handlers.onProblem("Measure the length that you know first: click its two ends.");
    } else if (!(known > 0)) {
      this.handlers.onProblem("Type the true length in metres, as 0.80.");
    } else {
      this.handlers.onProblem(null);
      const before = this.sight()?.factor ?? 1;
      this.handlers.onCalibrate(calibrationFactor(measured, known, before));
    }
  }
}
