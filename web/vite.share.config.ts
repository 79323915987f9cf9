import { defineConfig } from "vite";

// The viewer alone, as one script without imports: `predict.py --save html` puts it into each file.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "../densedepth_tf/web/share",
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: "src/share.ts", formats: ["iife"], name: "share", fileName: () => "viewer.js" },
    chunkSizeWarningLimit: 800,
  },
});
