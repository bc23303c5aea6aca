// Two pages have this file: that of a run, whose timeline is in the page, and that of `vnetsim play`, which asks for it.

import { render } from "preact";
import type { Live } from "./live";
import { mount } from "./mount";
import { embedded, port } from "./source";

globalThis.vnetsimPlayer = {
  mount(root, chunks) {
    render(null, root);
    return mount(root, port(chunks), true);
  },
} satisfies Live;

const timeline = document.getElementById("timeline");
if (timeline) mount(document.getElementById("app")!, embedded(timeline));
