const e=`
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
`;let t=null,n;const r=[];function i(e){clearTimeout(n),t=null,postMessage({type:`error`,text:`the simulation ended: ${String(e)}`,ended:!0})}function a(){if(t)try{let e=t.step();clearTimeout(n),n=setTimeout(a,e*1e3)}catch(e){i(e)}}function o(e){try{t.receive(e)}catch(e){return i(e)}clearTimeout(n),n=setTimeout(a,0)}async function s(e){let t=await fetch(e);if(!t.ok)throw Error(`${e.pathname}: ${t.status} ${t.statusText}`);return t}const c=e=>typeof caches>`u`?Promise.resolve(null):caches.open(`vnetsim-snapshot-${e}`).catch(()=>null);async function l({base:e,build:t,built:n}){let r=await(await c(t))?.match(`snapshot`);if(r)return new Uint8Array(await r.arrayBuffer());if(!n)return null;let i=(await s(new URL(`snapshot.gz`,e))).body;return new Uint8Array(await new Response(i.pipeThrough(new DecompressionStream(`gzip`))).arrayBuffer())}async function u({build:e},t){try{for(let t of await caches.keys())t.startsWith(`vnetsim-snapshot-`)&&t!==`vnetsim-snapshot-${e}`&&await caches.delete(t);await(await c(e))?.put(`snapshot`,new Response(t))}catch{}}async function d(e,t){let{loadPyodide:n}=await import(
/* @vite-ignore */
`${e}pyodide.mjs`);if(!t)return n({indexURL:e,_makeSnapshot:!0});let{default:r}=await import(
/* @vite-ignore */
`${e}pyodide.asm.mjs`);return n({indexURL:e,createPyodideModule:async e=>{let n=await r(e);return n.HEAPU8.length<t.length&&n._emscripten_resize_heap(t.length),n},_loadSnapshot:t})}async function f(t,n,r){let i=await d(t,r);return i.FS.writeFile(`/site.zip`,n),i.runPython(e)}async function p(t,n,r){postMessage({type:`loading`,text:`Python starts; the next time it is faster …`});let i=await d(t,null);return i.FS.writeFile(`/site.zip`,n),postMessage({type:`loading`,text:`vnetsim is loaded …`}),i.runPython(`
import json, sys, zipfile
sys.path.insert(0, "/site.zip")
from vnetsim.browser.worker import PageWorker
`),u(r,i.makeMemorySnapshot()),i.runPython(e)}async function m(e){let n=await s(new URL(`site.zip`,e.base)),[i,a]=await Promise.all([n.arrayBuffer().then(e=>new Uint8Array(e)),l(e).catch(()=>null)]),c=new URL(`pyodide/`,e.base).href;t=((a&&await f(c,i,a).catch(()=>null))??await p(c,i,e))(e=>postMessage(JSON.parse(e)));for(let e of r.splice(0))o(e)}onmessage=({data:e})=>{e.type===`begin`?m(e).catch(i):t?o(JSON.stringify(e)):r.push(JSON.stringify(e))};