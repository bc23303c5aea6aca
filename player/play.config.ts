import { defineConfig } from "vite";

// The page without what is put beside it: Pyodide and vnetsim (vnetsim.browser.assembly).
const named = { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name].[ext]" };

export default defineConfig({
  base: "./",
  build: {
    target: "es2022", outDir: "dist/play", modulePreload: false, reportCompressedSize: false,
    rolldownOptions: { input: "play.html", output: named },
  },
  worker: { format: "es", rolldownOptions: { output: named } },
} as Parameters<typeof defineConfig>[0]);
