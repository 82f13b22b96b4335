// Pages of organizations of different sizes, and by the keyboard alone.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { close, Cloud, startBrowser } from "./support.mjs";

const stops = [];

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** A cloud with so many stacks in layers of ten, each of which starts the one below it, and a browser that is signed in. */
async function scene(n) {
  const cloud = await Cloud.start();
  stops.push(() => cloud.stop());
  const chrome = await startBrowser();
  stops.push(() => chrome.stop());
  const name = (place) => `service-${String(place).padStart(3, "0")}`;
  for (let place = 0; place < n; place += 1) {
    await cloud.makeStack(name(place));
    if (place >= 10) await cloud.makeEdge(name(place - 10), name(place));
  }
  await cloud.deploy(name(0));
  const page = await chrome.context.newPage();
  await page.goto(cloud.link);
  await close(page);
  return { cloud, chrome, name };
}

/** Opens a page in a window of this size, and takes a picture of it if a folder for pictures is given. */
async function look({ cloud, chrome }, path, what, options) {
  const storageState = await chrome.context.storageState();
  const context = await chrome.browser.newContext({ ...options, storageState });
  const page = await context.newPage();
  await page.goto(cloud.url + path);
  const folder = process.env.SCREENSHOTS;
  if (folder) {
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${what}.png`), fullPage: true });
  }
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  await close(context);
  return width;
}

for (const n of [1, 60, 600]) {
  test(`${n} stacks fit a screen and a phone, light and dark`, async () => {
    const stage = await scene(n);
    for (const colorScheme of ["light", "dark"]) {
      for (const [size, viewport] of [["wide", { width: 1100, height: 800 }], ["phone", { width: 390, height: 844 }]]) {
        const options = { viewport, colorScheme };
        for (const [place, path] of [["graph", "/acme"], ["stack", `/acme/${stage.name(0)}/dev`]]) {
          const width = await look(stage, path, `${place}-${n}-${size}-${colorScheme}`, options);
          assert.ok(width <= viewport.width, `${path} is ${width} wide`);
        }
      }
    }
  });
}

test("a stack is found and opened by the keyboard alone", async () => {
  const { cloud, chrome, name } = await scene(60);
  const page = await chrome.context.newPage();
  await page.goto(`${cloud.url}/acme`);
  const focused = () => page.evaluate(() => ({ id: document.activeElement.id, path: document.activeElement.getAttribute("href") }));
  /** Presses Tab until what is focused is it: a few times, whatever the number of stacks. */
  const reach = async (isIt) => {
    for (let n = 0; n < 8; n += 1) {
      await page.keyboard.press("Tab");
      if (isIt(await focused())) return;
    }
    assert.fail("it is not reached");
  };
  await reach(({ path }) => path === "#stacks");
  await page.keyboard.press("Enter");
  await reach(({ id }) => id === "search");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none", "one sees where one is");
  await page.keyboard.type(name(37));
  await page.locator("tbody tr:visible").filter({ hasText: name(36) }).waitFor({ state: "hidden" });
  const wanted = `/acme/${name(37)}/dev`;
  await reach(({ path }) => path === wanted);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${cloud.url}${wanted}`);
  assert.match(await page.title(), new RegExp(name(37)));
  await close(page);
});
