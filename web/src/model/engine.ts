/** What computes: the graphics card where the browser lets the page use it, else WebAssembly. */
export type Engine = "webgpu" | "wasm";

/** What is asked of the browser. */
export interface Browser {
  readonly gpu?: GPU;
  /** JavaScript Promise Integration, which the WebGPU build waits for the card with. */
  readonly canSuspend: boolean;
}

export function thisBrowser(): Browser {
  const { gpu } = navigator as { gpu?: GPU };
  return { gpu, canSuspend: "Suspending" in WebAssembly };
}

/**
 * Chooses by what there is. A card that is only imitated is slower than WebAssembly.
 *
 * @param search The page's query: `?engine=wasm` and `?engine=webgpu` choose, as far as it is there.
 */
export async function chooseEngine(search: string, browser: Browser): Promise<Engine> {
  const wanted = new URLSearchParams(search).get("engine");
  if (wanted === "wasm" || browser.gpu === undefined || !browser.canSuspend) {
    return "wasm";
  }
  const adapter = await browser.gpu
    .requestAdapter({ powerPreference: "high-performance" })
    .catch(() => null);
  const isReal = adapter !== null && !adapter.info.isFallbackAdapter;
  return isReal || (adapter !== null && wanted === "webgpu") ? "webgpu" : "wasm";
}

export function engineText(engine: Engine, threads: number): string {
  if (engine === "webgpu") {
    return "WebGPU";
  }
  return threads === 1 ? "WebAssembly, 1 thread" : `WebAssembly, ${String(threads)} threads`;
}
