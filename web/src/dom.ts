/** Elements of the page by their id. */
export function element<Kind extends HTMLElement>(
  id: string,
  kind: new (...args: never[]) => Kind,
): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`The page has no ${kind.name} called ${id}`);
  }
  return found;
}

export function button(id: string): HTMLButtonElement {
  return element(id, HTMLButtonElement);
}

export function canvas(id: string): HTMLCanvasElement {
  return element(id, HTMLCanvasElement);
}

/** Offers bytes as a file to keep. */
export function download(content: Uint8Array<ArrayBuffer>, name: string, kind: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: kind }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}
