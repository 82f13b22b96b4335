// Joins in a real browser: edges lead through them, and what a joined stack waits for is told while it waits.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { close, Cloud, startBrowser } from "./support.mjs";

const STACKS = ["network", "cluster", "database", "app", "wiring"];
/** The webhooks: two by which network starts others, and two that wake up the stack that conducts. */
const WEBHOOKS = [["network", "cluster"], ["network", "database"], ["cluster", "wiring"], ["database", "wiring"]];

let cloud, chrome;

/** The state of a program with a join of app. */
function state() {
  const upstreamRefs = ["cluster/dev", "database/dev"];
  const inputs = { organization: "acme", project: "app", stack: "dev", upstreamRefs };
  const stack = { urn: "urn:pulumi:dev::wiring::pulumi:pulumi:Stack::wiring-dev", type: "pulumi:pulumi:Stack" };
  const type = "auto-deploy:index:Join";
  const app = { urn: `urn:pulumi:dev::wiring::${type}::app`, type, custom: true, id: "acme/app/dev", parent: stack.urn, inputs, outputs: inputs };
  return { version: 3, deployment: { manifest: {}, resources: [stack, app] } };
}

before(async () => {
  cloud = await Cloud.start();
  chrome = await startBrowser();
  for (const name of STACKS) {
    await cloud.makeStack(name);
    await (await cloud.update(name, "first"))("succeeded");
  }
  for (const [from, to] of WEBHOOKS) await cloud.makeEdge(from, to);
  await cloud.post("/api/stacks/acme/wiring/dev/import", state());
  const page = await chrome.context.newPage();
  await page.goto(cloud.link);
  await close(page);
});

after(async () => {
  await chrome?.stop();
  await cloud?.stop();
});

/** Takes pictures, light and dark, wide and as on a phone, if a folder for them is given. */
async function pictures(name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of [["wide", { width: 1100, height: 800 }], ["phone", { width: 390, height: 844 }]]) {
      const storageState = await chrome.context.storageState();
      const context = await chrome.browser.newContext({ viewport, colorScheme, storageState });
      const page = await context.newPage();
      await page.goto(`${cloud.url}/acme`);
      await page.screenshot({ path: join(folder, `join-${name}-${size}-${colorScheme}.png`), fullPage: true });
      await close(context);
    }
  }
}

test("edges lead through a join, and not to who conducts it", async () => {
  const page = await chrome.context.newPage();
  await page.goto(`${cloud.url}/acme`);
  const titles = await page.locator(".graph:visible .edge title").allTextContents();
  assert.deepEqual(titles.sort(), [
    "app/dev waits for cluster/dev",
    "app/dev waits for database/dev",
    "network/dev starts cluster/dev",
    "network/dev starts database/dev",
  ]);
  assert.equal(await page.locator('.graph:visible .node[data-stack="wiring/dev"]').count(), 0);
  assert.equal(await page.locator(".graph:visible .bar").count(), 1);
  const cells = await page.locator("[aria-labelledby=joins] tbody tr").locator("th, td").allTextContents();
  assert.deepEqual(cells, ["app/dev", "cluster/dev, database/dev", "waits for nothing", "wiring/dev"]);
  await page.goto(`${cloud.url}/acme/app/dev`);
  const starters = await page.locator("[aria-labelledby=starters]").textContent();
  assert.match(starters, /wiring\/dev by a join, once after cluster\/dev, database\/dev; it waits for nothing/);
  await close(page);
});

test("an open page tells what a join waits for, and what blocks it", async () => {
  const page = await chrome.context.newPage();
  await page.goto(`${cloud.url}/acme`);
  const now = (text) => page.locator("[aria-labelledby=joins] td", { hasText: text }).waitFor();
  await now("waits for nothing");
  await pictures("rests");
  const end = await cloud.update("cluster", "second");
  await now("waits for cluster/dev (running)");
  await pictures("waits");
  await end("failed");
  await now("blocked by cluster/dev (failed)");
  assert.equal(await page.locator(".graph:visible .bar.blocked").count(), 1);
  await pictures("blocked");
  await (await cloud.update("cluster", "third"))("succeeded");
  await now("waits for nothing");
  await close(page);
});
