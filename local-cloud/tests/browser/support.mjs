// A running local cloud, a receiver of deliveries, and a browser to look with.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const TOKEN = "pul-browser-test-token";
const COMMAND = process.env.AUTO_DEPLOY ?? fileURLToPath(new URL("../../../target/debug/auto-deploy", import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** The command `auto-deploy cloud`, with an organization `acme`. */
export class Cloud {
  static async start() {
    const cloud = new Cloud();
    const flags = ["cloud", "--listen", "127.0.0.1:0", "--organization", "acme", "--executor", "simulated"];
    const environment = { PATH: process.env.PATH, AUTO_DEPLOY_CLOUD_TOKEN: TOKEN };
    cloud.child = spawn(COMMAND, flags, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const failed = once(cloud.child, "error").then(([error]) => Promise.reject(error));
    const notes = createInterface({ input: cloud.child.stderr });
    const link = (async () => {
      for await (const line of notes) {
        if (line.includes("/?key=")) return line.trim();
      }
      throw new Error("the cloud printed no link");
    })();
    cloud.link = await Promise.race([link, failed]);
    cloud.url = new URL(cloud.link).origin;
    // Whatever it says later goes nowhere, but must be read.
    cloud.child.stderr.resume();
    return cloud;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await once(this.child, "exit");
  }

  /** A request to the API. */
  async send(method, path, body, authorization = `token ${TOKEN}`) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  post(path, body = {}) {
    return this.send("POST", path, body);
  }

  /** A stack `acme/{project}/dev` that can be deployed. */
  async makeStack(project, tags = {}) {
    await this.post(`/api/stacks/acme/${project}`, { stackName: "dev", tags });
    const settings = { sourceContext: { git: { repoUrl: "file:///nowhere", branch: "main" } } };
    await this.send("PUT", `/api/stacks/acme/${project}/dev/deployments/settings`, settings);
  }

  /** A webhook by which one stack starts another. */
  makeEdge(from, to, active = true) {
    return this.post(`/api/stacks/acme/${from}/dev/hooks`, {
      organizationName: "acme",
      displayName: `Deploys ${to}`,
      payloadUrl: `${to}/dev`,
      active,
      format: "pulumi_deployments",
      filters: ["update_succeeded"],
    });
  }

  deploy(project) {
    return this.post(`/api/stacks/acme/${project}/dev/deployments`, { operation: "update" });
  }

  /** Begins an update as the Pulumi CLI does; returns a function that ends it. */
  async update(project, message) {
    const stack = `/api/stacks/acme/${project}/dev`;
    const metadata = { message, environment: {} };
    const { updateID } = await this.post(`${stack}/update`, { name: project, runtime: "yaml", options: {}, config: {}, metadata });
    const path = `${stack}/update/${updateID}`;
    const { token } = await this.post(path, {});
    return (status) => this.send("POST", `${path}/complete`, { status }, `update-token ${token}`);
  }
}

/** A server that keeps the bodies that it is sent. */
export async function startReceiver() {
  const received = [];
  const server = createServer(async (request, answer) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    received.push(Buffer.concat(parts).toString());
    answer.end("thanks");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${server.address().port}/hook?key=geheim`, received, stop: () => server.close() };
}

/**
 * Closes a page, or a context with its pages. Chromium now and then does not say that a page is closed, and Playwright waits for
 * that without an end: such a page goes with its browser.
 */
export async function close(what) {
  await Promise.race([what.close(), setTimeout(2_000, undefined, { ref: false })]);
}

/** A headless browser with a profile that goes with it. */
export async function startBrowser() {
  const profile = await mkdtemp(join(tmpdir(), "console-test-"));
  const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, headless: true, args: quiet });
  const stop = async () => {
    await close(context);
    await rm(profile, { recursive: true, force: true });
  };
  return { browser: context.browser() ?? context, context, stop };
}
