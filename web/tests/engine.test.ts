import { describe, expect, it } from "vitest";
import { chooseEngine, engineText } from "../src/model/engine";

const card = (isFallbackAdapter: boolean | null): GPU =>
  ({
    requestAdapter: () =>
      Promise.resolve(isFallbackAdapter === null ? null : { info: { isFallbackAdapter } }),
  }) as unknown as GPU;

describe("what computes", () => {
  it("is the graphics card where there is a real one", async () => {
    const browser = { gpu: card(false), canSuspend: true };
    expect(await chooseEngine("", browser)).toBe("webgpu");
    expect(await chooseEngine("?engine=wasm", browser)).toBe("wasm");
  });

  it("is WebAssembly where the card is none, imitated, or cannot be waited for", async () => {
    expect(await chooseEngine("", { canSuspend: true })).toBe("wasm");
    expect(await chooseEngine("", { gpu: card(false), canSuspend: false })).toBe("wasm");
    expect(await chooseEngine("", { gpu: card(null), canSuspend: true })).toBe("wasm");
    const imitated = { gpu: card(true), canSuspend: true };
    expect(await chooseEngine("", imitated)).toBe("wasm");
    expect(await chooseEngine("?engine=webgpu", imitated)).toBe("webgpu");
  });

  it("is said", () => {
    expect(engineText("webgpu", 4)).toBe("WebGPU");
    expect(engineText("wasm", 1)).toBe("WebAssembly, 1 thread");
    expect(engineText("wasm", 2)).toBe("WebAssembly, 2 threads");
  });
});
