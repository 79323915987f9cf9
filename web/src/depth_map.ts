/** Depth in metres, row by row; 0 or not finite = missing. */
export interface DepthMap {
  readonly width: number;
  readonly height: number;
  readonly metres: Float32Array;
}

export function isMeasured(metres: number): boolean {
  return Number.isFinite(metres) && metres > 0;
}

/** The same map with every metre multiplied, as by a calibration. */
export function scaled(depth: DepthMap, factor: number): DepthMap {
  return factor === 1 ? depth : { ...depth, metres: depth.metres.map((value) => value * factor) };
}
