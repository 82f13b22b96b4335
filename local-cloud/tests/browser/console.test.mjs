// The console in a real browser: what it draws, what moves, what a click does, and what no script gets to do.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { close, Cloud, startBrowser, startReceiver } from "./support.mjs";

const SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>";

/** The example: a starts b and c, b starts d, e and f; one stack is on its own. */
const EDGES = [["a", "b"], ["a", "c"], ["b", "d"], ["b", "e"], ["b", "f"]];
const names = { a: "network", b: "cluster", c: "monitoring", d: "shop", e: "search", f: "billing" };

let cloud, receiver, chrome;
/** What went wrong in any page: errors, and what the policy forbade. */
const troubles = [];

before(async () => {
  cloud = await Cloud.start();
  receiver = await startReceiver();
  chrome = await startBrowser();
  watch(chrome.context);
  for (const name of Object.values(names)) await cloud.makeStack(name);
  for (const [from, to] of EDGES) await cloud.makeEdge(names[from], names[to]);
  await cloud.makeStack("notes", { owner: SCRIPT });
  await cloud.post("/api/stacks/acme/notes/dev/hooks", {
    organizationName: "acme", name: "told", displayName: "Tells the team", payloadUrl: receiver.url, active: true,
  });
});

after(async () => {
  await chrome?.stop();
  receiver?.stop();
  await cloud?.stop();
});

function watch(context) {
  context.on("weberror", (error) => troubles.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  context.on("dialog", (dialog) => {
    troubles.push(`a script said ${dialog.message()}`);
    dialog.dismiss();
  });
}

/** A page of the browser that is signed in, or of another profile with these options. */
async function open(path, options) {
  const context = options ? await otherContext(options) : chrome.context;
  const page = await context.newPage();
  await page.goto(cloud.url + path);
  return page;
}

async function otherContext(options) {
  const context = await chrome.browser.newContext({ ...options, storageState: await chrome.context.storageState() });
  watch(context);
  return context;
}

/** Takes a picture if a folder for them is given. */
async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

const node = (page, name) => page.locator(`.graph:visible .node[data-stack="${name}/dev"]`);
const inState = (page, name, state) => page.locator(`.graph:visible .node[data-stack="${name}/dev"][data-state="${state}"]`).waitFor();

/** The names in a graph that are wider than their nodes. */
const namesThatRunOut = (page) => page.locator(".graph:visible .node").evaluateAll((nodes) => nodes
  .filter((node) => node.querySelector(".name").getBBox().width > node.querySelector("rect").getBBox().width - 18)
  .map((node) => node.textContent));

test("the link of the command signs in, once", async () => {
  const page = await chrome.context.newPage();
  await page.goto(cloud.link);
  await page.getByRole("heading", { name: "Organizations" }).waitFor();
  assert.equal(page.url(), `${cloud.url}/`, "the key is gone from the address");
  await page.getByRole("link", { name: "acme" }).click();
  await page.getByRole("heading", { name: "acme", level: 1 }).waitFor();
  await close(page);
});

test("the graph is drawn in layers", async () => {
  const page = await open("/acme");
  const boxes = {};
  for (const [letter, name] of Object.entries(names)) boxes[letter] = await node(page, name).locator("rect").boundingBox();
  for (const [from, to] of EDGES) {
    assert.ok(boxes[from].x + boxes[from].width < boxes[to].x, `${names[from]} stands before ${names[to]}`);
  }
  assert.equal(await page.locator(".graph:visible .edge").count(), EDGES.length);
  await page.getByRole("heading", { name: "On their own" }).waitFor();
  const label = await node(page, "monitoring").locator(".name").textContent();
  assert.equal(label, "monitoring/dev");
  assert.deepEqual(await namesThatRunOut(page), []);
  await close(page);
});

test("states move while stacks are updated, without a reload", async () => {
  const page = await open("/acme");
  await page.evaluate(() => {
    window.isSamePage = true;
    window.seen = [];
    new MutationObserver((changes) => {
      for (const { target } of changes) if (target.dataset.stack) window.seen.push(`${target.dataset.stack} ${target.dataset.state}`);
    }).observe(document.body, { subtree: true, attributeFilter: ["data-state"] });
  });
  await inState(page, "network", "idle");
  await cloud.post("/api/stacks/acme/cluster/dev/deployments/pause");
  const end = await cloud.update("network", "Widen the network");
  await inState(page, "network", "running");
  await end("succeeded");
  await inState(page, "network", "succeeded");
  await inState(page, "monitoring", "succeeded");
  await inState(page, "cluster", "queued");
  await inState(page, "shop", "idle");
  const fail = await cloud.update("search", "Try a new index");
  await inState(page, "search", "running");
  await page.locator(".count:visible", { hasText: "1 running" }).waitFor();
  await picture(page, "running");
  await fail("failed");
  await inState(page, "search", "failed");
  await cloud.post("/api/stacks/acme/cluster/dev/deployments/resume");
  for (const name of Object.values(names)) await inState(page, name, "succeeded");
  assert.ok(await page.evaluate(() => window.isSamePage));
  const seen = await page.evaluate(() => window.seen);
  for (const step of ["network/dev running", "cluster/dev queued", "search/dev failed", "shop/dev succeeded"]) {
    assert.ok(seen.includes(step), `${step} in ${seen}`);
  }
  // The table follows when things have settled.
  // The rows of the stacks that it started name it as well.
  await page.locator('a[href="/acme/network/dev/updates/1"]', { hasText: "update 1" }).waitFor();
  await close(page);
});

test("a stack that comes is drawn", async () => {
  const page = await open("/acme");
  await cloud.makeStack("archive");
  await cloud.makeEdge("billing", "archive", false);
  await node(page, "archive").waitFor();
  assert.equal(await page.locator(".graph:visible .edge.off").count(), 1);
  await close(page);
});

test("a delivery is sent again by a click", async () => {
  await cloud.post("/api/stacks/acme/notes/dev/hooks/told/ping");
  assert.equal(receiver.received.length, 1);
  const page = await open("/acme/notes/dev");
  await page.getByRole("link", { name: "Tells the team" }).click();
  await page.getByText("Request and answer").click();
  await page.getByText("/hook?…").first().waitFor();
  assert.ok(!(await page.content()).includes("geheim"), "the query of an address is not shown");
  await picture(page, "webhook");
  await page.getByRole("button", { name: "Redeliver" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".delivery").length === 2);
  assert.equal(receiver.received.length, 2);
  assert.equal(receiver.received[1], receiver.received[0]);
  await close(page);
});

test("a script in a tag is text", async () => {
  const page = await open("/acme/notes/dev");
  assert.equal(await page.locator("dd", { hasText: "alert(1)" }).textContent(), SCRIPT);
  assert.equal(await page.locator("main script, main img").count(), 0);
  await close(page);
});

test("a stack's page moves with it", async () => {
  const page = await open("/acme/shop/dev");
  await page.evaluate(() => { window.isSamePage = true; });
  const end = await cloud.update("shop", "Sell shoes");
  await page.getByText("Sell shoes").waitFor();
  await page.locator("h1 .badge", { hasText: "running" }).waitFor();
  await end("succeeded");
  await page.locator("h1 .badge", { hasText: "succeeded" }).waitFor();
  await page.locator(".runs .badge", { hasText: "running" }).waitFor({ state: "detached" });
  assert.ok(await page.evaluate(() => window.isSamePage));
  await picture(page, "stack");
  await page.getByRole("link", { name: /^update 1$/ }).last().click();
  await page.getByText("the update was simulated, and succeeded").waitFor();
  await close(page);
});

test("everything is there without JavaScript", async () => {
  const page = await open("/acme", { javaScriptEnabled: false });
  await inState(page, "cluster", "succeeded");
  const end = await cloud.update("cluster", "Grow");
  await page.reload();
  await inState(page, "cluster", "running");
  await end("succeeded");
  await page.goto(`${cloud.url}/acme/notes/dev/webhooks/told`);
  const before = await page.locator(".delivery").count();
  await page.getByRole("button", { name: "Redeliver" }).first().click();
  assert.equal(await page.locator(".delivery").count(), before + 1);
  await close(page.context());
});

test("it fits a phone, light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open("/acme", { viewport: { width: 390, height: 844 }, colorScheme });
    for (const path of ["/acme", "/", "/acme/shop/dev", "/acme/notes/dev", "/acme/notes/dev/webhooks/told", "/acme/shop/dev/deployments/1"]) {
      await page.goto(cloud.url + path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${path} is ${width} wide`);
    }
    await page.goto(`${cloud.url}/acme`);
    assert.equal(await page.locator(".graph:visible").count(), 1);
    assert.deepEqual(await namesThatRunOut(page), []);
    await picture(page, `phone-${colorScheme}`);
    await page.goto(`${cloud.url}/acme/notes/dev/webhooks/told`);
    await picture(page, `phone-webhook-${colorScheme}`);
    await close(page.context());
  }
  const page = await open("/acme", { colorScheme: "dark" });
  await picture(page, "dark");
  await close(page.context());
});

test("texts can be told from their grounds", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open("/acme", { colorScheme });
    const weak = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        const hex = style.getPropertyValue(name).trim().slice(1);
        const [r, g, b] = [0, 2, 4].map((at) => {
          const part = parseInt(hex.slice(at, at + 2), 16) / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const contrast = (a, b) => {
        const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
        return (bright + 0.05) / (dark + 0.05);
      };
      const states = ["idle", "queued", "running", "succeeded", "failed"].map((state) => [`--${state}`, `--${state}-ground`]);
      const texts = ["--text", "--soft", "--link"].flatMap((text) => ["--ground", "--card", "--code"].map((ground) => [text, ground]));
      const names = ["idle", "queued", "running", "succeeded", "failed"].map((state) => ["--text", `--${state}-ground`]);
      return [...states, ...texts, ...names].filter(([a, b]) => contrast(a, b) < 4.5).map((pair) => pair.join(" on "));
    });
    assert.deepEqual(weak, [], colorScheme);
    await close(page.context());
  }
});

test("nothing went wrong in any page", () => {
  assert.deepEqual(troubles, []);
});
