// The page as its users use it, in headless Chromium: `node e2e/page.mjs LESSON.html MARKUP.html`.
//
// LESSON is the player of scenarios/07-a-firewall.md; MARKUP one of a machine whose namespace has a name with markup.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = require.resolve("axe-core/axe.min.js");
const [lesson, markup] = process.argv.slice(2).map((path) => pathToFileURL(path).href);
const chrome = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath: chrome, args: ["--no-sandbox"] });

async function open(url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  page.setDefaultTimeout(15000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("dialog", (dialog) => { wrong.push("a dialog"); void dialog.dismiss(); });
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) wrong.push(`loads ${request.url()}`);
  });
  await page.goto(url);
  await page.locator("svg.net rect").first().waitFor({ state: "attached" });
  return Object.assign(page, { wrong });
}

const position = async (page) =>
  Number((await page.locator("output.time small").innerText()).split("/")[0].replace(/\D/g, ""));
const details = (page) => page.locator("#panel").innerText();

async function noSeriousFinding(page, what) {
  await page.addScriptTag({ path: axe }).catch(() => page.evaluate(require("node:fs").readFileSync(axe, "utf8")));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  assert.deepEqual(serious, [], what);
}

async function test(name, body) {
  await body();
  console.log(`ok ${name}`);
}

await test("plays, pauses, steps, and steps back to the same state", async () => {
  const page = await open(lesson);
  await page.getByLabel("Speed").selectOption("256");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => Number(document.querySelector("output.time small").textContent.split("/")[0].replace(/\D/g, "")) > 50);
  await page.getByRole("button", { name: "Pause", exact: true }).click().catch(() => undefined);
  await page.keyboard.press("End");
  for (let count = 0; count < 12; count++) await page.getByRole("button", { name: "Previous command" }).click();
  const before = await position(page);
  await page.getByRole("button", { name: /^eth0 .* in inside$/ }).click();
  const seen = await details(page);
  for (let count = 0; count < 12; count++) await page.getByRole("button", { name: "Step", exact: true }).click();
  assert.ok((await position(page)) > before);
  for (let count = 0; count < 12; count++) await page.getByRole("button", { name: "Step back" }).click();
  assert.equal(await position(page), before);
  assert.equal(await details(page), seen);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

await test("a dropped frame in the picture tells its rule, its layers and its bytes", async () => {
  const page = await open(lesson);
  await page.getByRole("tab", { name: /Dropped/ }).click();
  await page.locator(".list [role=option]").first().click();
  await page.getByRole("tab", { name: "Events" }).click();
  await page.locator(".frame.drop circle").first().click();
  const text = await details(page);
  assert.match(text, /dropped: a netfilter rule or policy dropped it \(filter FORWARD, by its policy\) \[NETFILTER_DROP\]/);
  assert.match(text, /Ethernet 14 bytes/);
  await page.locator("summary").filter({ hasText: /^IPv4/ }).click();
  assert.match(await details(page), /ttl\s+6[34]/);
  await page.waitForFunction(() => document.querySelectorAll(".hex > div > span.marked").length === 20);
  await page.close();
});

await test("counters of rules are those of the moment", async () => {
  const page = await open(lesson);
  await page.keyboard.press("End");
  await page.getByRole("button", { name: "gate", exact: true }).click();
  const end = await details(page);
  await page.keyboard.press("Home");
  const beginning = await details(page);
  assert.match(end, /-A FORWARD/);
  assert.doesNotMatch(beginning, /-A FORWARD/);
  await page.close();
});

await test("a command is a moment", async () => {
  const page = await open(lesson);
  await page.getByRole("listbox").getByRole("option", { name: /iptables -P FORWARD DROP/ }).click();
  assert.match(await page.locator(".now").innerText(), /iptables -P FORWARD DROP/);
  await page.close();
});

await test("everything by keyboard", async () => {
  const page = await open(lesson);
  await page.keyboard.press("ArrowRight");
  assert.equal(await position(page) > 0, true);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await position(page), 0);
  for (let count = 0; count < 16; count++) await page.keyboard.press("]");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  assert.match(await details(page), /Packet \d+/);
  const focused = async () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  for (let count = 0; count < 40 && !/ in /.test(await focused()); count++) await page.keyboard.press("Tab");
  const device = await focused();
  await page.keyboard.press("Enter");
  assert.ok((await details(page)).startsWith(device.split(" ")[0]), device);
  for (let count = 0; count < 60 && (await page.evaluate(() => document.activeElement?.getAttribute("role"))) !== "tab"; count++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowLeft");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Dropped/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  assert.match(await details(page), /dropped/);
  await page.keyboard.press(" ");
  await page.keyboard.press(" ");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

for (const [width, height] of [[1280, 800], [360, 720]])
  for (const colorScheme of ["light", "dark"])
    await test(`axe-core finds nothing serious at ${width} pixels, ${colorScheme}`, async () => {
      const page = await open(lesson, { viewport: { width, height }, colorScheme, hasTouch: width < 500, reducedMotion: "reduce" });
      await noSeriousFinding(page, "the beginning");
      await page.keyboard.press("End");
      for (const tab of [/Events/, /Dropped/]) {
        await page.getByRole("tab", { name: tab }).click();
        await noSeriousFinding(page, String(tab));
      }
      await page.locator(".list [role=option]").first().click();
      await page.locator("summary").first().click();
      await noSeriousFinding(page, "a frame");
      await page.getByRole("button", { name: "gate", exact: true }).focus();
      await page.keyboard.press("Enter");
      await noSeriousFinding(page, "a machine");
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, "it scrolls sideways");
      for (const name of ["Play", "Step", "Step back"])
        assert.ok(await page.getByRole("button", { name, exact: true }).isVisible(), name);
      await page.close();
    });

await test("a name with markup is text", async () => {
  const page = await open(markup);
  await page.keyboard.press("End");
  assert.match(await page.locator("svg.net").textContent(), /<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator("img").count(), 0);
  await page.locator(".list [role=option]").first().waitFor();
  assert.deepEqual(page.wrong, []);
  await page.close();
});

await browser.close();
