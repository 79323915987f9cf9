import { defineConfig } from "vite";

// Every address is relative: the page works from any folder of any host.
export default defineConfig({
  base: "./",
  // The network's threads start from its own files, which keep the names that it knows them by.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "production"] },
  build: {
    outDir: "../densedepth_tf/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        assetFileNames: (asset) =>
          asset.names.some((name) => name.startsWith("ort-"))
            ? "assets/[name][extname]"
            : "assets/[name]-[hash][extname]",
      },
    },
  },
  worker: { format: "es" },
});
