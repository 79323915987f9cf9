/** The distance between two points of the room, and what it rests on. */
import type { Lens } from "./lens";
import { distance, type Point } from "./space";

export class Measurement {
  private ends: Point[] = [];

  get points(): readonly Point[] {
    return this.ends;
  }

  /** Adds an end; after two, a new measurement begins. */
  add(point: Point): void {
    this.ends = this.ends.length === 2 ? [point] : [...this.ends, point];
  }

  clear(): void {
    this.ends = [];
  }

  /** Metres between both ends, null before there are two. */
  get length(): number | null {
    return this.ends.length === 2 ? distance(this.ends[0], this.ends[1]) : null;
  }
}

/** What a distance rests on, as a sentence. */
export function assumption(lens: Lens, degrees: number, factor: number): string {
  const angle = `${degrees.toFixed(1).replace(/\.0$/, "")}° from left to right`;
  const about = {
    EXIF: `lens from the photograph's EXIF (${angle})`,
    slider: `lens as you set it (${angle})`,
    assumed: `lens not known, ${angle} assumed`,
  }[lens.origin];
  const scale =
    factor === 1 ? "depth as the model estimates it" : `depth calibrated (× ${factor.toFixed(3)})`;
  return `Rests on: ${about}; ${scale}.`;
}

/** The factor of all metres that makes a measured length the known one. */
export function calibrationFactor(measured: number, known: number, before: number): number {
  return (before * known) / measured;
}
