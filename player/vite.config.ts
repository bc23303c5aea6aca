import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

// One file.
export default defineConfig({
  plugins: [viteSingleFile()],
  build: { target: "es2022", outDir: "dist", assetsInlineLimit: 1e8, modulePreload: false, reportCompressedSize: false },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 },
} as Parameters<typeof defineConfig>[0]);
