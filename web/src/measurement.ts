/** The distance between two points of the room, and what it rests on. */
import type { Lens } from "./lens";
import { distance, type Point } from "./space";

/** Sets an end; after two, a new measurement begins. */
export function withEnd<End>(ends: readonly End[], end: End): readonly End[] {
  return ends.length === 2 ? [end] : [...ends, end];
}

/** The distance of both ends, null before there are two. */
export function lengthBetween(ends: readonly Point[]): number | null {
  return ends.length === 2 ? distance(ends[0], ends[1]) : null;
}

/** What metres rest on besides the model. */
export interface Grounds {
  readonly lens: Lens;
  /** Degrees from left to right. */
  readonly degrees: number;
  /** What brings the model's depth to the lens, see `lensFactor`. */
  readonly lensFactor: number;
  /** What makes one known length right, instead of the lens; null if none is known. */
  readonly calibration: number | null;
}

/** What a distance rests on, as a sentence. */
export function assumption({ lens, degrees, lensFactor, calibration }: Grounds): string {
  const angle = `${degrees.toFixed(1).replace(/\.0$/, "")}° from left to right`;
  const about = {
    EXIF: `lens from the photograph's EXIF (${angle})`,
    slider: `lens as you set it (${angle})`,
    assumed: `lens not known, ${angle} assumed`,
  }[lens.origin];
  const brought = lensFactor === 1 ? "" : `, brought to this lens (×\u00a0${lensFactor.toFixed(3)})`;
  const scale =
    calibration === null
      ? `depth as the model estimates it${brought}`
      : `depth calibrated (×\u00a0${calibration.toFixed(3)})`;
  return `Rests on: ${about}; ${scale}.`;
}

/** The factor of depth that makes a measured length the known one. */
export function calibrationFactor(measured: number, known: number, before: number): number {
  return (before * known) / measured;
}
