/** The size that a PNG or JPEG declares, before anybody takes memory for its pixels. */
import type { Size } from "./lens";

export function imageSize(content: ArrayBuffer): Size | null {
  const view = new DataView(content);
  if (view.byteLength >= 24 && view.getUint32(0) === 0x89504e47) {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) {
    return null;
  }
  for (let at = 2; at + 9 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    // Start of frame, but for the three markers among them that mean something else.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    if ((marker & 0xff00) !== 0xff00) {
      return null;
    }
  }
  return null;
}
