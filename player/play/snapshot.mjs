// Puts the memory of a Python that has started beside the page, so that a first visit does not wait for it:
// `vnetsim play --write DIR`, then `node play/snapshot.mjs DIR`.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { loadPyodide } from "pyodide";

const directory = process.argv[2];
if (!directory) throw new Error("expected the directory that `vnetsim play --write DIR` wrote");
const index = readFileSync(join(directory, "index.html"), "utf8");
const build = /data-build="([0-9a-f]{16})"/.exec(index);
if (!build || index.includes("data-built")) throw new Error(`${directory}: expected a page without a snapshot`);

const python = await loadPyodide({ _makeSnapshot: true });
python.FS.writeFile("/site.zip", readFileSync(join(directory, "site.zip")));
// What the first commands import is there as well.
python.runPython(`
import gc, json, sys, zipfile
sys.path.insert(0, "/site.zip")
from vnetsim.browser.worker import PageWorker

def warm():
    worker = PageWorker(lambda message: None)
    worker.receive({"type": "open", "fragment": "", "lesson": None})
    worker.receive({"type": "fast", "on": True})
    for line in (
        "ip netns add red; ip link add v0 type veth peer name v1 netns red; bridge link; ss -t; ls /; cat /etc/hosts",
        "ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip -n red addr add 10.0.0.2/24 dev v1; ip -n red link set v1 up",
        "ip netns exec red iptables -A INPUT -p icmp -j DROP; ping -c 1 -W 1 10.0.0.2; ip neigh; ip route", "why",
    ):
        worker.receive({"type": "line", "text": line})
        while worker._waiting or worker._typing is not None:
            worker.step()

warm()
del warm
gc.collect()
`);
const memory = python.makeMemorySnapshot();
const packed = gzipSync(memory, { level: 9 });
writeFileSync(join(directory, "snapshot.gz"), packed);
writeFileSync(join(directory, "index.html"), index.replace(build[0], `${build[0]} data-built`));
const worker = join(directory, "sw.js");
writeFileSync(worker, readFileSync(worker, "utf8").replace('"site.zip", ', '"site.zip", "snapshot.gz", '));
console.log(`snapshot.gz: ${(packed.length / 1e6).toFixed(1)} MB of ${(memory.length / 1e6).toFixed(1)} MB`);
