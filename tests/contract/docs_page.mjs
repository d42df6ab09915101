// Opens the reference page in a browser: it shows every operation, keeps to its
// Content-Security-Policy without an error, and "try it" reaches the API.
// Usage: docs_page.mjs URL KEY SCREENSHOT.png
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import puppeteer from "puppeteer-core";

const [, , url, key, screenshot] = process.argv;
const asRoot = process.getuid() === 0; // Chromium's own sandbox refuses root
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--disable-dev-shm-usage", ...(asRoot ? ["--no-sandbox"] : [])],
});

/** A page that notes whatever goes wrong in it. */
async function open() {
  const page = await browser.newPage();
  const troubles = [];
  page.on("console", (said) => { if (["error", "warn"].includes(said.type())) troubles.push(said.text()); });
  page.on("pageerror", (e) => troubles.push(String(e)));
  page.on("requestfailed", (r) => troubles.push(`${r.url()} failed`));
  page.on("request", (r) => {
    if (!r.url().startsWith(url) && !r.url().startsWith("data:")) troubles.push(`${r.url()} is another host`);
  });
  await page.setViewport({ width: 1200, height: 1600 });
  const response = await page.goto(`${url}/api/v1/docs`, { waitUntil: "networkidle0" });
  assert.equal(response.status(), 200);
  return { page, troubles, headers: response.headers() };
}

const click = async (page, selector) => (await page.waitForSelector(selector)).click();

async function showsEveryOperation(page) {
  const document = await (await fetch(`${url}/api/v1/openapi.json`)).json();
  const methods = ["get", "put", "post", "delete", "patch"];
  const ids = Object.values(document.paths).flatMap((item) => methods.map((m) => item[m]?.operationId)).filter(Boolean);
  await page.waitForSelector(".opblock");
  const shown = await page.$$eval(".opblock", (blocks) => blocks.map((b) => b.id));
  for (const id of ids) assert.ok(shown.some((s) => s.endsWith(`-${id}`)), `${id} is not shown`);
  assert.equal(shown.length, ids.length);
}

async function triesARequest(page) {
  await click(page, ".auth-wrapper .btn.authorize");
  await (await page.waitForSelector(".auth-container input[type=text]")).type(key);
  await click(page, ".auth-container .btn.authorize");
  await click(page, ".auth-container .btn-done");
  const me = "[id$='-getMe']";
  await click(page, `${me} .opblock-summary-control`);
  await click(page, `${me} .try-out__btn`);
  await click(page, `${me} .btn.execute`);
  await page.waitForSelector(`${me} .live-responses-table .response-col_status`);
  const status = await page.$eval(`${me} .live-responses-table tbody .response-col_status`, (e) => e.textContent);
  const body = await page.$eval(`${me} .live-responses-table tbody .response-col_description`, (e) => e.textContent);
  assert.match(status, /^200/);
  assert.match(body, /Michael Scott/);
}

/** The policy is there and stops what is written into the page, and what would turn text into code. */
async function keepsToItsPolicy({ page, headers }) {
  const policy = headers["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ranInline = true";
    document.head.append(script);
  });
  assert.equal(await page.evaluate(() => window.ranInline), undefined);
}

try {
  const opened = await open();
  await showsEveryOperation(opened.page);
  await triesARequest(opened.page);
  await opened.page.screenshot({ path: screenshot, fullPage: true });
  assert.ok(statSync(screenshot).size > 50_000, "the screenshot is all but blank");
  assert.deepEqual(opened.troubles, []);
  await keepsToItsPolicy(opened);
  assert.ok(opened.troubles.length > 0, "troubles are not noticed");
  console.log("the reference page is fine");
} finally {
  await browser.close();
}
