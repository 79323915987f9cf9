/** The room in 3-D: as points or as a surface, with edges filtered as one likes. */
import { constants } from "./constants";
import { button, element } from "./dom";
import { RoomView } from "./room_view";
import type { Sight } from "./sight";
import { toPointCloud, type Point } from "./space";
import { toSurface } from "./surface";

/** As many as any graphics card turns smoothly. */
const MOST_SHOWN_POINTS = 400_000;

export class RoomPanel {
  private readonly box = element("room-box", HTMLElement);
  private readonly filter = element("edges", HTMLInputElement);
  private view: RoomView | null = null;
  private isSurface = false;
  private isStale = true;
  private isNew = true;
  private ends: readonly Point[] = [];

  /** @param sight What is shown; null before there is a picture. */
  constructor(
    private readonly sight: () => Sight | null,
    private readonly onPick: (point: Point) => void,
  ) {
    this.filter.valueAsNumber = constants.maxSlant;
    this.sayFilter();
    this.filter.addEventListener("input", () => {
      this.sayFilter();
      this.refresh();
    });
    for (const [id, isSurface] of [["as-points", false], ["as-surface", true]] as const) {
      button(id).addEventListener("click", () => {
        this.isSurface = isSurface;
        button("as-points").setAttribute("aria-pressed", String(!isSurface));
        button("as-surface").setAttribute("aria-pressed", String(isSurface));
        this.refresh();
      });
    }
    button("reset").addEventListener("click", () => this.view?.reset());
  }

  /** Degrees of the steepest surface that is kept. */
  get maxSlant(): number {
    return this.filter.valueAsNumber;
  }

  /** Another picture: it is looked at from where it was taken. */
  begin(): void {
    this.isNew = true;
    this.isStale = true;
  }

  /** Other metres, colours or edges: shown at once if anybody looks. */
  refresh(): void {
    this.isStale = true;
    if (!this.box.hidden) {
      this.fill();
    }
  }

  /** @throws Problem if the browser has no WebGL. */
  show(): void {
    this.box.hidden = false;
    this.view ??= new RoomView(element("room", HTMLCanvasElement), this.onPick);
    this.fill();
    this.view.showLine(this.ends);
  }

  hide(): void {
    this.box.hidden = true;
  }

  showLine(ends: readonly Point[]): void {
    this.ends = ends;
    this.view?.showLine(ends);
  }

  private fill(): void {
    const sight = this.sight();
    if (!this.isStale || this.view === null || sight === null) {
      return;
    }
    const choice = { maxSlant: this.maxSlant, mostPoints: MOST_SHOWN_POINTS };
    const toShape = this.isSurface ? toSurface : toPointCloud;
    this.view.update(toShape(sight.depth, sight.lens.camera, sight.pixels.data, choice));
    if (this.isNew) {
      this.view.reset();
    }
    this.isStale = this.isNew = false;
  }

  private sayFilter(): void {
    const degrees = this.filter.valueAsNumber;
    element("edges-shown", HTMLOutputElement).value =
      degrees >= 90 ? "all are kept" : `${String(degrees)}°`;
  }
}
