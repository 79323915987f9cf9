/**
 * The numbers in the EXIF (2.32) of a JPEG, PNG or WebP: lens and orientation. Damage tells nothing.
 */
export interface Exif {
  readonly orientation: number;
  readonly tags: ReadonlyMap<number, number>;
}

const ORIENTATION = 0x0112;
const EXIF_DIRECTORY = 0x8769;
const NOTHING: Exif = { orientation: 1, tags: new Map() };

export function readExif(content: ArrayBuffer): Exif {
  try {
    const start = findTiff(new DataView(content));
    return start === null ? NOTHING : readTiff(new DataView(content, start));
  } catch (error) {
    if (error instanceof RangeError) {
      return NOTHING; // An offset that points beyond the file.
    }
    throw error;
  }
}

/** Where the TIFF begins that the tags are in. */
function findTiff(view: DataView): number | null {
  if (view.byteLength < 16) {
    return null;
  }
  if (view.getUint16(0) === 0xffd8) {
    return inJpeg(view);
  }
  if (view.getUint32(0) === 0x89504e47) {
    return inPng(view);
  }
  const isWebp = view.getUint32(0) === word("RIFF") && view.getUint32(8) === word("WEBP");
  return isWebp ? inWebp(view) : null;
}

/** Chunks: length, kind, content, checksum. */
function inPng(view: DataView): number | null {
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === word("eXIf")) {
      return at + 8;
    }
  }
  return null;
}

/** Chunks: kind, length, content, a byte more where the length is odd. */
function inWebp(view: DataView): number | null {
  for (let at = 12; at + 16 <= view.byteLength; ) {
    if (view.getUint32(at) === word("EXIF")) {
      return view.getUint32(at + 8) === word("Exif") ? at + 14 : at + 8;
    }
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return null;
}

/** In the APP1 segment. */
function inJpeg(view: DataView): number | null {
  for (let at = 2; at + 10 < view.byteLength; ) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker === 0xffe1 && view.getUint32(at + 4) === word("Exif")) {
      return at + 10; // "Exif\0\0"
    }
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffda || length < 2) {
      return null;
    }
    at += 2 + length;
  }
  return null;
}

function word(letters: string): number {
  return [...letters].reduce((value, letter) => value * 256 + letter.charCodeAt(0), 0);
}

function readTiff(view: DataView): Exif {
  const little = view.getUint16(0) === 0x4949;
  const main = readDirectory(view, view.getUint32(4, little), little);
  const place = main.get(EXIF_DIRECTORY);
  return {
    orientation: main.get(ORIENTATION) ?? 1,
    tags: place === undefined ? new Map() : readDirectory(view, place, little),
  };
}

function readDirectory(view: DataView, at: number, little: boolean): Map<number, number> {
  const tags = new Map<number, number>();
  const count = view.getUint16(at, little);
  for (let index = 0; index < count; index++) {
    const entry = at + 2 + 12 * index;
    const value = readValue(view, entry, little);
    if (value !== null) {
      tags.set(view.getUint16(entry, little), value);
    }
  }
  return tags;
}

function readValue(view: DataView, entry: number, little: boolean): number | null {
  switch (view.getUint16(entry + 2, little)) {
    case 3:
      return view.getUint16(entry + 8, little);
    case 4:
      return view.getUint32(entry + 8, little);
    case 5: {
      const at = view.getUint32(entry + 8, little);
      return view.getUint32(at, little) / view.getUint32(at + 4, little);
    }
    default:
      return null;
  }
}
