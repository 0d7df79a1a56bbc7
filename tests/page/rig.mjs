// What every scene has around it: the laptop it is about, a real Chromium, and places on the network.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

// `port` is one that the daemon takes for a network; `other` is a second laptop.
export const { program, home, address, shots, port, other } = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const tell = (home, ...words) => JSON.parse(execFileSync(program, [...words, "--json"], { env: { ...process.env, GOODWORD_HOME: home } }));
export const goodword = (...words) => tell(home, ...words);

export const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-default-apps", "--no-pings", "--disable-dev-shm-usage", "--host-resolver-rules=MAP evil.test 127.0.0.1"],
});
export const faults = [];

// A window that notes whatever a page must never do: an error, a refused policy, a request to somewhere else.
async function open(options = {}) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 900 }, reducedMotion: "reduce", ...options });
    context.on("request", (request) => {
        const elsewhere = !request.url().startsWith(new URL(address).origin + "/");
        if (elsewhere && !request.url().startsWith("http://127.0.0.1:")) faults.push(`asked ${request.url()}`);
    });
    // 422: a form came back with the reason. Chromium reports the status itself.
    context.on("console", (message) => message.type() === "error" && !/status of 422/.test(message.text()) && faults.push(message.text()));
    context.on("weberror", (error) => faults.push(String(error.error())));
    context.on("dialog", (dialog) => { faults.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    return page;
}
export async function enter(options, at = home) {
    const page = await open(options);
    const { url } = tell(at, "open", "--print");
    const answer = await page.goto(url);
    assert.equal(answer.status(), 200);
    assert.equal(new URL(page.url()).search, "", "the token is off the address");
    return page;
}
export const go = (page, path) => page.goto(new URL(path, page.url()).href);
// A site with one feed, on a port of its own.
export async function site(items) {
    const server = createServer((request, response) => {
        response.setHeader("content-type", "application/rss+xml");
        const here = `http://${request.headers.host}`;
        const entry = ([title, link]) => `<item><title><![CDATA[${title}]]></title><link>${link ?? `${here}/item`}</link><guid>${title.length}</guid><pubDate>${new Date().toUTCString()}</pubDate><description><![CDATA[${title}]]></description></item>`;
        response.end(`<rss version="2.0"><channel><title>A site</title><link>${here}</link><description>d</description>${items.map(entry).join("")}</channel></rss>`);
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    return { url: `http://127.0.0.1:${server.address().port}/feed`, close: () => { server.closeAllConnections(); server.close(); } };
}
// Bluesky, as far as anybody sees it without a login (the lexicons of app.bsky.*), and what happened between two people
// there: `has` may say more as a scene goes on.
export async function bluesky(has) {
    const day = (back) => new Date(Date.now() - back * 86400000).toISOString();
    const author = (name) => ({ did: `did:plc:${name}`, handle: `${name}.example.org`, labels: [] });
    const post = (name, key, count, back) => ({ uri: `at://did:plc:${name}/app.bsky.feed.post/${key}`, author: author(name), indexedAt: day(back), likeCount: count, repostCount: count, replyCount: count });
    const coat = post("maria", "coat", 1, 6);
    const by = (name, back) => ({ actor: author(name), indexedAt: day(back), createdAt: day(back) });
    const answers = {
        "actor.getProfile": () => author("ada"),
        "actor.getProfiles": () => ({ profiles: [author("maria")] }),
        "graph.getFollows": () => ({ subject: author("ada"), follows: [
            { ...author("maria"), displayName: "Maria Ruiz", description: "Sews coats of 1863" },
            { ...author("shy"), labels: [{ val: "!no-unauthenticated" }] },
        ] }),
        "graph.getRelationships": () => ({ actor: "did:plc:ada", relationships: [{ did: "did:plc:maria", following: has.follows ? "at://did:plc:ada/app.bsky.graph.follow/1" : undefined, followedBy: has.followsBack ? "at://did:plc:maria/app.bsky.graph.follow/1" : undefined }] }),
        "feed.getAuthorFeed": (of) => ({ feed: of.get("actor") === "did:plc:maria" ? [{ post: coat }] : [
            has.boosted && { post: coat, reason: { by: author("ada"), indexedAt: day(2) } },
            has.replied && { post: post("ada", "reply", 0, 3), reply: { parent: coat, root: coat } },
            { post: post("ada", "mine", has.answered ? 1 : 0, 1) },
        ].filter(Boolean) }),
        "feed.getLikes": (of) => ({ likes: has.liked && of.get("uri").includes("coat") ? [by("ada", 4)] : [] }),
        "feed.getRepostedBy": () => ({ repostedBy: [] }),
        "feed.getPostThread": () => ({ thread: { post: post("ada", "mine", 1, 1), replies: has.answered ? [{ post: post("maria", "answer", 0, 0) }] : [] } }),
    };
    const server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
        const answer = answers[pathname.replace("/xrpc/app.bsky.", "")];
        response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
        response.end(JSON.stringify(answer?.(searchParams) ?? { error: "NotFound", message: "no such method" }));
    });
    await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
    return { close: () => { server.closeAllConnections(); server.close(); } };
}
// The site's own answers come while a command waits, so the command must not hold this process up.
export const meanwhile = (...words) => new Promise((resolve, reject) => {
    execFile(program, [...words, "--json"], { env: { ...process.env, GOODWORD_HOME: home } }, (error, out) => error ? reject(error) : resolve(JSON.parse(out)));
});
export const shot = (page, name) => page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
export const heading = (page) => page.locator("h1").first().innerText();
export async function isAccessible(page, where) {
    const findings = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
    const bad = findings.violations.map((one) => `${one.impact}: ${one.id}: ${one.nodes.map((node) => node.target).join(" ")}`);
    assert.deepEqual(bad, [], `axe at ${where}`);
}
export const fitsWidth = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
