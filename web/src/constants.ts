/** What the page and the package agree on; the numbers come from Python. */
import shared from "./generated/constants.json";

export const constants = shared;

/** The 256 colours of depth, RGB behind one another; near is warm, far is cold. */
export const COLOR_TABLE = colorTable(shared.colorTable);

/** A table of colours from its bytes in hexadecimal digits. */
export function colorTable(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (hex) => parseInt(hex, 16));
}
