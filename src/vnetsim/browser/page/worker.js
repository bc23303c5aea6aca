let e=null,t;const n=[];function r(n){clearTimeout(t),e=null,postMessage({type:`error`,text:`the simulation ended: ${String(n)}`,ended:!0})}function i(){if(e)try{let n=e.step();clearTimeout(t),t=setTimeout(i,n*1e3)}catch(e){r(e)}}function a(n){try{e.receive(n)}catch(e){return r(e)}clearTimeout(t),t=setTimeout(i,0)}async function o(e){let t=await fetch(e);if(!t.ok)throw Error(`${e.pathname}: ${t.status} ${t.statusText}`);return t}const s=e=>typeof caches>`u`?Promise.resolve(null):caches.open(`vnetsim-snapshot-${e}`).catch(()=>null);async function c({base:e,build:t,built:n}){let r=await(await s(t))?.match(`snapshot`);if(r)return new Uint8Array(await r.arrayBuffer());if(!n)return null;let i=(await o(new URL(`snapshot.gz`,e))).body;return new Uint8Array(await new Response(i.pipeThrough(new DecompressionStream(`gzip`))).arrayBuffer())}async function l({build:e},t){try{for(let t of await caches.keys())t.startsWith(`vnetsim-snapshot-`)&&t!==`vnetsim-snapshot-${e}`&&await caches.delete(t);await(await s(e))?.put(`snapshot`,new Response(t))}catch{}}async function u(e,t){let{loadPyodide:n}=await import(
/* @vite-ignore */
`${e}pyodide.mjs`);if(!t)return n({indexURL:e,_makeSnapshot:!0});let{default:r}=await import(
/* @vite-ignore */
`${e}pyodide.asm.mjs`);return n({indexURL:e,createPyodideModule:async e=>{let n=await r(e);return n.HEAPU8.length<t.length&&n._emscripten_resize_heap(t.length),n},_loadSnapshot:t})}async function d(t){let r=o(new URL(`site.zip`,t.base)).then(e=>e.arrayBuffer());r.catch(()=>void 0);let i=await c(t);i||postMessage({type:`loading`,text:`Python starts; the next time it is faster …`});let s=await u(new URL(`pyodide/`,t.base).href,i);s.FS.writeFile(`/site.zip`,new Uint8Array(await r)),i||(postMessage({type:`loading`,text:`vnetsim is loaded …`}),s.runPython(`
import json, sys, zipfile
sys.path.insert(0, "/site.zip")
from vnetsim.browser.worker import PageWorker
`),l(t,s.makeMemorySnapshot())),e=s.runPython(`
import json, zipfile
from vnetsim.browser.worker import PageWorker

with zipfile.ZipFile("/site.zip") as site:
    site.extractall("/", [name for name in site.namelist() if name.startswith("lessons/")])

class Machine:
    def __init__(self, post):
        self.worker = PageWorker(lambda message: post(json.dumps(message)))

    def receive(self, text):
        self.worker.receive(json.loads(text))

    def step(self):
        return self.worker.step()

Machine
`)(e=>postMessage(JSON.parse(e)));for(let e of n.splice(0))a(e)}onmessage=({data:t})=>{t.type===`begin`?d(t).catch(r):e?a(JSON.stringify(t)):n.push(JSON.stringify(t))};