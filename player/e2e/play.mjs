// The page with the machine, as its users use it, in headless Chromium: `node e2e/play.mjs URL [SCREENSHOTS]`.
//
// With BRIEF set, one visit and one without a network, which is what CI has time for.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [url, pictures] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });

async function open(address = "", options = null) {
  const page = await (options ? await browser.newContext(options) : context).newPage();
  page.setDefaultTimeout(120000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => new URL(request.url()).origin !== new URL(url).origin && !/^(blob|data):/.test(request.url()) && wrong.push(request.url()));
  await page.goto(url + address);
  await page.waitForFunction(() => document.body.dataset.prompt);
  return Object.assign(page, { wrong, first: Number(await page.evaluate(() => document.body.dataset.prompt)) });
}

const shown = (page) => page.evaluate(() => [...document.querySelectorAll(".xterm-rows > div")].map((row) => row.textContent.replace(/\u00a0/g, " ").trimEnd()).join("\n").trimEnd());
async function type(page, line, until = /[#$] ?$/) {
  await page.locator(".xterm-helper-textarea").focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
  await page.waitForFunction(([line, text]) => {
    const rows = [...document.querySelectorAll(".xterm-rows > div")].map((row) => row.textContent.replace(/\u00a0/g, " ").trimEnd());
    const all = rows.join("\n").trimEnd();
    return all.includes(line) && new RegExp(text).test(all) && (text !== "[#$] ?$" || !all.endsWith(line));
  }, [line.slice(0, 20), until.source]);
}
async function noSeriousFinding(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`), [], what);
}
const drawn = (page, names) => page.waitForFunction((names) => names.every((name) => document.querySelector("svg.net")?.textContent.includes(name)), names);
const picture = async (page, name) => { if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` }); };
async function test(name, body) {
  await body();
  console.log(`ok ${name}`);
}

await test("a ping ticks until Ctrl-C, its frames move, and one that is dropped names its rule", async () => {
  const page = await open();
  console.log(`first prompt: ${page.first} ms`);
  await picture(page, "first");
  for (const line of ["ip netns add red", "ip link add v0 type veth peer name v1 netns red", "ip addr add 10.0.0.1/24 dev v0; ip link set v0 up",
    "ip -n red addr add 10.0.0.2/24 dev v1; ip -n red link set v1 up"]) await type(page, line);
  const began = Date.now();
  await type(page, "ping 10.0.0.2", /icmp_seq=3/);
  assert.ok(Date.now() - began > 1800, "the ping did not wait");
  await page.keyboard.press("Control+C");
  await page.waitForFunction(() => document.querySelector(".xterm-rows").textContent.includes("packet loss"));
  await picture(page, "ping");
  await type(page, "ip netns exec red iptables -A INPUT -p icmp -j DROP");
  await type(page, "ping -c 1 -W 1 10.0.0.2", /100% packet loss/);
  await page.getByRole("tab", { name: /Dropped [1-9]/ }).click();
  await page.locator(".list [role=option]").first().click();
  await page.waitForFunction(() => /NETFILTER_DROP/.test(document.querySelector("#panel").textContent));
  await picture(page, "dropped");
  const position = async () => Number((await page.locator("output.time small").innerText()).split("/")[0].replace(/\D/g, ""));
  const before = await position();
  await page.getByRole("button", { name: "Step back" }).click();
  assert.ok((await position()) < before);
  await type(page, "why", /NETFILTER_DROP|DROP/);
  await noSeriousFinding(page, "a dropped frame");
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").selectOption("pcapng")]);
  assert.equal(readFileSync(await download.path()).subarray(0, 4).toString("hex"), "0a0d0d0a");
  await page.locator("#save").selectOption("url");
  await page.waitForFunction(() => location.hash.startsWith("#lab="));
  await page.getByRole("tab", { name: "Commands" }).click();
  await page.locator(".list [role=option]", { hasText: "[1]" }).first().waitFor();
  assert.deepEqual(page.wrong, []);
  const again = await open(await page.evaluate(() => location.hash));
  console.log(`first prompt of the next visit: ${again.first} ms`);
  await type(again, "ip netns", /red/);
  assert.deepEqual(again.wrong, []);
  await page.close();
  await again.close();
});

if (!process.env.BRIEF) await test("a task of a lesson is done", async () => {
  const page = await open("#lesson=01-two-namespaces");
  await page.locator("#tasks button", { hasText: "Check" }).click();
  await page.locator("#tasks li.open").first().waitFor();
  await picture(page, "lesson");
  await page.locator("#tasks button", { hasText: "Hint" }).click();
  for (const line of ["ip link add veth-red type veth peer name veth-blue", "ip link set veth-red netns red", "ip link set veth-blue netns blue"])
    await type(page, line);
  await type(page, "check", /done/);
  await page.getByText(/step 2 of/).waitFor();
  await drawn(page, ["veth-red", "veth-blue"]);
  await picture(page, "step2");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

for (const [width, height, colorScheme] of process.env.BRIEF ? [] : [[1280, 800, "light"], [1280, 800, "dark"], [360, 720, "light"], [360, 720, "dark"]])
  await test(`axe-core finds nothing serious at ${width} pixels, ${colorScheme}`, async () => {
    const page = await open("#lesson=01-two-namespaces", { viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
    await page.locator("svg.net rect").first().waitFor({ state: "attached" });
    await page.locator("#tasks button", { hasText: "Check" }).click();
    await page.locator("#tasks li.open").first().waitFor();
    await noSeriousFinding(page, "a lesson");
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, "it scrolls sideways");
    await picture(page, `axe-${width}-${colorScheme}`);
    await page.context().close();
  });

if (!process.env.BRIEF) await test("keys edit the line, history comes back, words are completed", async () => {
  const page = await open();
  await type(page, "echo one");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("x\n");
  await page.waitForFunction(() => document.querySelector(".xterm-rows").textContent.includes("onx"));
  await type(page, "ip netns add red");
  await page.keyboard.type("ip netns exec r");
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => document.querySelector(".xterm-rows").textContent.replace(/\u00a0/g, " ").includes("exec red "));
  await page.keyboard.type("bash\n");
  await page.waitForFunction(() => document.querySelector(".xterm-rows").textContent.replace(/\u00a0/g, " ").includes("(red) root@"));
  assert.deepEqual(page.wrong, []);
  await page.close();
});

if (!process.env.BRIEF) await test("a snapshot that is damaged is not used, and made again", async () => {
  const page = await open();
  const damaged = await page.evaluate(async () => {
    const { build } = document.documentElement.dataset;
    const cache = await caches.open(`vnetsim-snapshot-${build}`);
    await cache.put("snapshot", new Response(new Uint8Array(40000000)));
    return build;
  });
  await page.reload();
  await page.waitForFunction(() => document.body.dataset.prompt);
  await type(page, "echo here", /\nhere\n/);
  await page.waitForFunction(async (build) => (await (await (await caches.open(`vnetsim-snapshot-${build}`)).match("snapshot")).arrayBuffer()).byteLength > 40000000, damaged);
  await page.close();
});

await test("it works offline once it was loaded", async () => {
  const page = await open();
  await page.evaluate(async () => { await navigator.serviceWorker.ready; });
  await page.waitForFunction(async () => (await caches.keys()).some((name) => name.startsWith("vnetsim-snapshot-")) || "built" in document.documentElement.dataset);
  await context.setOffline(true);
  await page.reload();
  await page.waitForFunction(() => document.body.dataset.prompt);
  await type(page, "echo offline", /\noffline\n/);
  console.log(`first prompt without a network: ${await page.evaluate(() => document.body.dataset.prompt)} ms`);
  await context.setOffline(false);
  await page.close();
});

await browser.close();
