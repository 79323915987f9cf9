/** What the page and the package agree on; the numbers come from Python. */
import shared from "./generated/constants.json";

export const constants = shared;

/** The 256 colours of depth, RGB behind one another; near is warm, far is cold. */
export const COLOR_TABLE = Uint8Array.from(shared.colorTable.match(/../g) ?? [], (hex) =>
  parseInt(hex, 16),
);
