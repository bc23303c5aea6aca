import { defineConfig } from "vite";

// The player, which vnetsim puts into one file with a timeline (vnetsim.views.player.page), and beside the page of play.
const named = { entryFileNames: "player.js", assetFileNames: "player.[ext]" };

export default defineConfig({
  base: "./",
  build: { target: "es2022", outDir: "dist", modulePreload: false, reportCompressedSize: false, rolldownOptions: { output: named } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 },
} as Parameters<typeof defineConfig>[0]);
