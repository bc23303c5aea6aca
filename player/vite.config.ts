import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

// The layout engine as text that is compiled when a worker is made of it.
function elk(): Plugin {
  return {
    name: "elk-text",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const text = readFileSync("node_modules/elkjs/lib/elk-worker.min.js", "utf8").trim();
        if (/<\/script|<!--/i.test(text)) throw new Error("elk-worker.min.js ends the element that it is put into");
        return html.replace('<script type="text/plain" id="elk"></script>',
          () => `<script type="text/plain" id="elk">${text}</script>`);
      },
    },
  };
}

export default defineConfig({
  plugins: [viteSingleFile(), elk()],
  build: { target: "es2022", outDir: "dist", assetsInlineLimit: 1e8, modulePreload: false, reportCompressedSize: false },
  test: { include: ["test/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
