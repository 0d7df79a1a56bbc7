// Plays one scene on the page in a real Chromium: node drive.mjs SCENE, with a JSON of its surroundings on stdin.
// Ends with 0, or with an error that says what was not so.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

// `port` is one that the daemon takes for a network; `other` is a second laptop.
const { program, home, address, shots, port, other } = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tell = (home, ...words) => JSON.parse(execFileSync(program, [...words, "--json"], { env: { ...process.env, GOODWORD_HOME: home } }));
const goodword = (...words) => tell(home, ...words);

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-default-apps", "--no-pings", "--disable-dev-shm-usage", "--host-resolver-rules=MAP evil.test 127.0.0.1"],
});
const faults = [];

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
async function enter(options, at = home) {
    const page = await open(options);
    const { url } = tell(at, "open", "--print");
    const answer = await page.goto(url);
    assert.equal(answer.status(), 200);
    assert.equal(new URL(page.url()).search, "", "the token is off the address");
    return page;
}
const go = (page, path) => page.goto(new URL(path, page.url()).href);
// A site with one feed, on a port of its own.
async function site(items) {
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
async function bluesky(has) {
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
const meanwhile = (...words) => new Promise((resolve, reject) => {
    execFile(program, [...words, "--json"], { env: { ...process.env, GOODWORD_HOME: home } }, (error, out) => error ? reject(error) : resolve(JSON.parse(out)));
});
const shot = (page, name) => page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
const heading = (page) => page.locator("h1").first().innerText();
async function isAccessible(page, where) {
    const findings = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
    const bad = findings.violations.map((one) => `${one.impact}: ${one.id}: ${one.nodes.map((node) => node.target).join(" ")}`);
    assert.deepEqual(bad, [], `axe at ${where}`);
}
const fitsWidth = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

const scenes = {
    async "first-run"() {
        const page = await enter();
        assert.equal(await heading(page), "Who is the first?");
        await page.getByRole("link", { name: "Begin" }).click();
        await isAccessible(page, "/welcome");
        await shot(page, "welcome");
        await page.getByLabel("Your name").fill("Ada Quill");
        await page.getByLabel("What you write").fill("The Last Drummer");
        await page.getByLabel("Its genre").fill("historical fiction");
        await page.getByLabel("Mastodon", { exact: true }).check();
        await page.getByLabel("Your own handle on Mastodon").fill("not a handle at all");
        await page.getByLabel("Who").fill("Maria Ruiz");
        await page.getByLabel("Why are they cool?").fill("She sews every button by hand and tells you why");
        await page.getByLabel("What group").fill("re-enactors");
        await page.getByLabel("Their site or feed").fill("no address");
        await page.getByRole("button", { name: "Show me" }).click();
        // Something was wrong: it is said, and nothing that was typed is lost.
        await page.getByRole("alert").waitFor();
        assert.equal(await page.getByLabel("Who").inputValue(), "Maria Ruiz");
        await page.getByLabel("Your own handle on Mastodon").fill("@ada@books.example");
        await page.getByLabel("Their site or feed").fill("");
        await page.getByRole("button", { name: "Show me" }).click();
        await page.locator("h1.person").waitFor();
        assert.equal(await heading(page), "Maria Ruiz");
        assert.match(await page.getByLabel("The draft for Mastodon").inputValue(), /Maria/);
        const [cookie] = await page.context().cookies();
        assert.ok(cookie.httpOnly && cookie.sameSite === "Strict", "the cookie is ours alone");
        assert.equal(goodword("work", "list")[0].title, "The Last Drummer");
        await isAccessible(page, "the first day");
        await shot(page, "first-day");
    },

    async day() {
        const sent = [];
        const network = createServer((request, response) => { sent.push(request.url); response.end("the network"); });
        await new Promise((ready) => network.listen(port, "127.0.0.1", ready));
        const blog = await site([["How to sew an 1863 sack coat, and how I got the collar wrong twice", "https://maria.example.org/sack-coat"]]);
        await meanwhile("contact", "edit", "Maria Ruiz", "--feed", blog.url);
        await meanwhile("feeds", "refresh", "Maria Ruiz");
        blog.close();
        const page = await enter({ viewport: { width: 820, height: 1130 } });
        await page.getByRole("link", { name: /sack coat/ }).waitFor();
        await isAccessible(page, "today");
        // The picture of the README.
        await shot(page, "picture");
        const narrow = await enter({ viewport: { width: 320, height: 640 }, colorScheme: "dark" });
        assert.ok(await fitsWidth(narrow), "a day fits a phone");
        await isAccessible(narrow, "today, narrow and dark");
        await shot(narrow, "day-narrow-dark");
        await narrow.context().close();
        const first = await heading(page);
        const text = page.locator("#text");
        const before = await text.inputValue();
        await page.getByRole("button", { name: "Other words" }).click();
        await page.waitForURL(/turn=1/);
        assert.notEqual(await text.inputValue(), before, "other words are other words");
        await page.getByRole("button", { name: "X", exact: true }).click();
        await page.waitForURL(/network=x/);
        const typed = "Zoë’s 👩‍👩‍👧 family at https://example.org/a/very/long/address/that/counts/as/23 is worth a look";
        await text.fill(typed);
        const counted = goodword("count", "--network", "x", typed);
        await page.locator("#count output", { hasText: `${counted.length} of ${counted.limit}` }).waitFor();
        await text.fill("word ".repeat(80));
        await page.locator("#count.over").waitFor();
        // The author's own words go along to another network.
        await text.fill(typed);
        await page.getByRole("button", { name: "Bluesky", exact: true }).click();
        await page.getByLabel("The draft for Bluesky").waitFor();
        assert.equal(await text.inputValue(), typed);
        const [popup] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button", { name: "Open in Bluesky" }).click()]);
        await popup.getByText("the network").waitFor();
        assert.equal(new URL(sent.find((url) => url.includes("text=")), "http://x").searchParams.get("text"), typed);
        await popup.close();
        await page.getByText("Did it go out?").waitFor();
        await shot(page, "did-it-go-out");
        await page.locator(".ask").getByRole("button", { name: "Done" }).click();
        await page.getByRole("heading", { name: "Done. Thank you." }).waitFor();
        assert.equal(goodword("diary").entries[0].text, typed);
        await isAccessible(page, "done");
        await shot(page, "done");
        await page.getByRole("button", { name: /Undo/ }).click();
        await page.locator("#said", { hasText: "Taken back here" }).waitFor();
        assert.equal(await heading(page), first);
        await page.getByRole("button", { name: "Someone else" }).click();
        await page.waitForFunction((name) => document.querySelector("h1").innerText !== name, first);
        await page.getByLabel("When").selectOption("1h");
        await page.getByRole("button", { name: "Later" }).click();
        // Close to midnight there is no later hour today, and the page says so.
        await page.getByText(/You will be asked again at|midnight|tomorrow/i).first().waitFor();
        await page.getByRole("button", { name: "Skip today" }).click();
        await page.getByRole("heading", { name: "A day off" }).waitFor();
        network.close();
    },

    // Between two people, as anybody sees it on a network: follow first, then like, then share.
    async bond() {
        const has = {};
        const network = await bluesky(has);
        goodword("settings", "set", "bluesky", "ada.example.org");
        const refresh = () => meanwhile("feeds", "refresh", "Maria Ruiz");
        const page = await enter(), step = page.locator(".step");
        await step.getByText("If you do not follow Maria Ruiz on Bluesky yet, follow first.").waitFor();
        // Looked up meanwhile: now it is known.
        await refresh();
        await step.getByText("You do not follow Maria Ruiz on Bluesky yet: follow first.").waitFor();
        assert.equal(await step.getByRole("link").getAttribute("href"), "https://bsky.app/profile/maria.example.org");
        await isAccessible(page, "today, with a step");
        await shot(page, "bond-follow");
        has.follows = true;
        await refresh();
        await step.getByText("Next, like something of Maria Ruiz's on Bluesky.").waitFor();
        const theirs = await enter();
        await go(theirs, "/people");
        await theirs.getByRole("link", { name: "Maria Ruiz" }).click();
        const stage = theirs.locator(".stages [aria-current]"), evidence = theirs.locator("ul.evidence li");
        assert.equal(await stage.innerText(), "following");
        assert.match((await evidence.allInnerTexts()).join(), /You follow them/);
        // On their page too, what is seen meanwhile shows by itself.
        Object.assign(has, { liked: true, followsBack: true });
        await refresh();
        await evidence.getByText("You liked something of theirs").waitFor();
        assert.equal(await stage.innerText(), "engaging");
        await step.getByText("Maria Ruiz has had a like from you: now share something, with the draft.").waitFor();
        await shot(page, "bond-share");
        Object.assign(has, { boosted: true, replied: true, answered: true });
        await refresh();
        await evidence.getByText("They answered you").waitFor();
        assert.equal(await stage.innerText(), "allied");
        const links = await evidence.getByRole("link").evaluateAll((all) => all.map((one) => one.href));
        assert.ok(links.length > 2 && links.every((url) => url.startsWith("https://bsky.app/profile/")), links.join());
        await isAccessible(theirs, "a person with evidence");
        await shot(theirs, "bond-person");
        // All three steps are taken: nothing is asked for any more.
        await step.waitFor({ state: "detached" });
        for (const [look, options] of Object.entries({ dark: { colorScheme: "dark" }, narrow: { viewport: { width: 320, height: 640 } } })) {
            const page = await enter(options);
            await go(page, new URL(theirs.url()).pathname);
            assert.ok(await fitsWidth(page), `a person with evidence fits (${look})`);
            await isAccessible(page, `a person with evidence (${look})`);
            await shot(page, `bond-person-${look}`);
        }
        network.close();
    },

    async laptops() {
        const desk = await enter(), lap = await enter({}, other.home);
        for (const [page, name] of [[desk, "desk"], [lap, "lap"]]) {
            await go(page, "/laptops");
            await page.getByRole("heading", { name: "A second laptop" }).waitFor();
            await page.getByText("Rename").first().click();
            await page.getByLabel("Called").fill(name);
            await page.getByRole("button", { name: "Rename" }).click();
            await page.locator("ul.devices strong", { hasText: name }).waitFor();
        }
        await isAccessible(desk, "/laptops, alone");
        await shot(desk, "laptops-alone");
        // By code. What is no code is said, and stays as it was typed.
        await desk.getByRole("button", { name: "Show a code" }).click();
        const code = await desk.locator(".code").innerText();
        assert.match(await desk.locator("#invite").innerText(), /until \d\d:\d\d\./);
        await isAccessible(desk, "an invitation");
        await shot(desk, "laptops-code");
        const typed = lap.getByLabel("Code or ticket");
        await typed.fill("not a code");
        await lap.getByRole("button", { name: "Join" }).click();
        await lap.getByRole("alert").getByText("no code and no ticket").waitFor();
        assert.equal(await typed.inputValue(), "not a code");
        assert.doesNotMatch(await lap.getByRole("alert").innerText(), /goodword device/);
        await shot(lap, "laptops-no-code");
        await typed.fill(code);
        await lap.getByRole("button", { name: "Join" }).click();
        await lap.locator("#said", { hasText: "hold one book now" }).waitFor();
        // The desk hears of it by itself, in plain words.
        const inSync = "Connected, and both hold the same book.";
        await desk.getByText("hold one book now").waitFor();
        await desk.getByText(inSync).waitFor();
        await desk.getByRole("heading", { name: "One more laptop" }).waitFor();
        await lap.getByText(inSync).waitFor();
        assert.ok(tell(other.home, "contact", "list").length === 5, "the two books are one");
        await isAccessible(desk, "/laptops, two of them");
        await shot(desk, "laptops-two");
        for (const [look, options] of Object.entries({ dark: { colorScheme: "dark" }, narrow: { viewport: { width: 320, height: 640 } } })) {
            const page = await enter(options);
            await go(page, "/laptops");
            assert.ok(await fitsWidth(page), `/laptops fits (${look})`);
            await isAccessible(page, `/laptops (${look})`);
            await shot(page, `laptops-two-${look}`);
            await page.context().close();
        }
        // An edit on the desk's page is on the lap's within a moment, beside what is being typed there.
        goodword("pick", "Maria Ruiz");
        await go(lap, "/");
        await lap.getByRole("heading", { name: "Maria Ruiz" }).waitFor();
        await lap.locator("#text").pressSequentially("Typed by hand: ");
        const words = await lap.locator("#text").inputValue();
        const id = goodword("contact", "show", "Maria Ruiz").id;
        await go(desk, `/people/${id}/edit`);
        await desk.getByLabel("Why are they cool?").fill("She gives her patterns away");
        const start = Date.now();
        await desk.getByRole("button", { name: "Save" }).click();
        await lap.getByText("She gives her patterns away").waitFor();
        // For whoever measures; a machine that is busy must not fail a test.
        console.log(`an edit on one laptop's page is on the other's ${Date.now() - start} ms after the press`);
        assert.equal(await lap.locator("#text").inputValue(), words);
        // Renamed from the desk, and the lap's own page says so.
        await go(lap, "/laptops");
        await go(desk, "/laptops");
        const theirs = desk.locator("ul.devices > li", { hasText: inSync });
        await theirs.getByText("Rename or remove").click();
        await theirs.getByLabel("Called").fill("kitchen");
        await theirs.getByRole("button", { name: "Rename" }).click();
        await lap.locator("ul.devices strong", { hasText: "kitchen" }).waitFor();
        // Removed: before the press it says what the other keeps, and after it the other says so too.
        await theirs.getByText("Rename or remove").click();
        await theirs.getByText("What it has it keeps: the book as of its last sync").waitFor();
        // What comes meanwhile folds nothing up that is being read.
        goodword("device", "rename", "study");
        await desk.locator("ul.devices strong", { hasText: "study" }).waitFor();
        await theirs.getByText("What it has it keeps: the book as of its last sync").waitFor();
        await shot(desk, "laptops-remove");
        await theirs.getByRole("button", { name: "Yes, remove kitchen" }).click();
        await desk.getByText("Removed: 1").waitFor();
        await lap.getByRole("alert").getByText("removed this laptop").waitFor();
        await isAccessible(lap, "/laptops, removed");
        await shot(lap, "laptops-removed");
        // It was a mistake: back in, by ticket.
        await desk.getByRole("button", { name: "Show a code" }).or(desk.getByRole("button", { name: "Invite another" })).click();
        await desk.getByText("They are not on the same network").click();
        await lap.getByLabel("Code or ticket").fill(await desk.getByLabel("Give this ticket").inputValue());
        await lap.getByRole("button", { name: "Join" }).click();
        await lap.locator("#said", { hasText: "hold one book now" }).waitFor();
        await desk.getByText(inSync).waitFor();
        await lap.getByText("removed this laptop").waitFor({ state: "detached" });
        faults.length = 0; // Chromium reports the status of what was no code.
    },

    async live() {
        const page = await enter();
        const first = await heading(page);
        await page.locator("#text").pressSequentially("Typed by hand: ");
        const typed = await page.locator("#text").inputValue();
        assert.match(typed, /Typed by hand: /);
        // Elsewhere, about the same person: it shows, and the words stay.
        goodword("contact", "edit", first, "--why", "she changed her mind about zips");
        await page.getByText("she changed her mind about zips").waitFor();
        assert.equal(await page.locator("#text").inputValue(), typed);
        // Elsewhere, somebody else altogether: said, and nothing is taken away.
        goodword("another");
        await page.locator("#changed").waitFor();
        assert.equal(await page.locator("#text").inputValue(), typed);
        assert.equal(await heading(page), first);
        await shot(page, "changed-elsewhere");
        await page.getByRole("link", { name: "Show the change" }).click();
        await page.waitForFunction((name) => document.querySelector("h1").innerText !== name, first);
        // Nothing typed: what happens elsewhere simply shows.
        goodword("done");
        await page.getByRole("heading", { name: "Done. Thank you." }).waitFor();
        // Nobody looks, nothing happens: a page at rest asks nothing.
        let asked = 0;
        page.on("request", () => asked++);
        await page.evaluate(() => new Promise((rest) => setTimeout(rest, 1500)));
        assert.ok(asked <= 2, `a page at rest asked ${asked} times`);
    },

    async keyboard() {
        const page = await enter();
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the page");
        await page.keyboard.press("Enter");
        const names = [];
        for (let step = 0; step < 25; step++) {
            await page.keyboard.press("Tab");
            const at = await page.evaluate(() => {
                const here = document.activeElement, style = getComputedStyle(here);
                return { name: (here.labels?.[0]?.textContent || here.textContent).trim(), id: here.id, ring: style.outlineStyle !== "none" };
            });
            assert.ok(at.ring, `the focus is seen at ${at.name}`);
            names.push(at.name);
            if (at.id === "text") await page.keyboard.type("By keyboard. ");
            if (at.name === "Someone else") break;
        }
        for (const wanted of ["Bluesky", "The draft for Bluesky", "Open in Bluesky", "Copy", "Other words", "Done", "Someone else"]) {
            assert.ok(names.includes(wanted), `${wanted} is reached: ${names.join(", ")}`);
        }
        await page.keyboard.press("Shift+Tab");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Done. Thank you." }).waitFor();
        assert.match(goodword("diary").entries[0].text, /By keyboard/);
        // In every other room the whole page is reached too, and the focus is always seen.
        const [{ id }] = goodword("contact", "list"), [audience] = goodword("audience", "list");
        for (const path of ["/people", `/people/${id}`, `/people/${id}/edit`, "/people/import", "/audiences", `/audiences/${audience.id}`, "/diary", "/laptops", "/settings", "/welcome"]) {
            await go(page, path);
            const wanted = await page.evaluate(() => {
                window.reached = new Set();
                const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']");
                return [...all].filter((one) => one.checkVisibility({ contentVisibilityAuto: true }) && !one.closest("details:not([open]) > :not(summary)")).length;
            });
            // A date is several stops.
            for (let step = 0; step < 4 * wanted + 10; step++) {
                await page.keyboard.press("Tab");
                const at = await page.evaluate(() => {
                    const here = document.activeElement, first = window.reached.size > 1 && here.className === "skip";
                    if (here === document.body || first) return null;
                    window.reached.add(here);
                    return { name: (here.getAttribute("aria-label") ?? here.textContent).trim() || here.id, ring: getComputedStyle(here).outlineStyle !== "none" };
                });
                if (!at) break;
                assert.ok(at.ring, `the focus is seen at ${at.name} of ${path}`);
            }
            const reached = await page.evaluate(() => window.reached.size);
            assert.ok(reached >= wanted, `by keyboard ${reached} of ${wanted} are reached in ${path}`);
        }
    },

    // No file: a handle.
    async follows() {
        const network = await bluesky({});
        goodword("settings", "set", "bluesky", "ada.example.org");
        const page = await enter({ viewport: { width: 360, height: 740 } });
        await go(page, "/people/import");
        // Their own handle is offered.
        assert.equal(await page.locator("#own option").getAttribute("value"), "@ada.example.org");
        await page.getByLabel("Or whom you follow").fill("@ada.example.org");
        await page.getByLabel("Put all of them into").fill("Friends");
        assert.ok(await fitsWidth(page), "the place for a handle fits a phone");
        await isAccessible(page, "the place for a handle");
        await shot(page, "follows");
        await page.getByRole("button", { name: "Look at it first" }).click();
        await page.getByRole("heading", { name: "This is what would happen" }).waitFor();
        assert.match(await page.locator("main").innerText(), /whom ada\.example\.org follows on Bluesky[\s\S]*left out: they ask to be shown only to people who are logged in/);
        assert.ok(await fitsWidth(page), "the dry run fits a phone");
        await shot(page, "follows-dry-run");
        await page.getByRole("button", { name: "Bring them along" }).click();
        await page.getByText("1 person came along.").waitFor();
        const maria = goodword("contact", "show", "Maria Ruiz");
        assert.deepEqual([maria.stage, maria.audiences, maria.notes], ["following", ["Friends"], "Sews coats of 1863"]);
        network.close();
    },

    async import() {
        const page = await enter();
        await go(page, "/people");
        await page.getByRole("link", { name: "Bring people along" }).click();
        await isAccessible(page, "/people/import");
        await shot(page, "import");
        // Dropped, as from a folder on the desktop.
        const text = "name,why,audiences,mastodon\nMaria Ruiz,She sews by hand,Costume makers,@maria@sewing.example\nTom Okafor,,History teachers,\nNobody,,,not a handle\n";
        const dropped = await page.evaluateHandle((text) => {
            const carried = new DataTransfer();
            carried.items.add(new File([text], "friends.csv", { type: "text/csv" }));
            return carried;
        }, text);
        await page.dispatchEvent("form[data-drop]", "dragover", { dataTransfer: dropped });
        await page.dispatchEvent("form[data-drop]", "drop", { dataTransfer: dropped });
        await page.getByRole("heading", { name: "This is what would happen" }).waitFor();
        assert.match(await page.locator("main").innerText(), /friends\.csv, read as a spreadsheet[\s\S]*Line 4/i);
        await isAccessible(page, "the dry run");
        await shot(page, "import-dry-run");
        assert.equal(goodword("status").document.contacts, 0, "nothing was done yet");
        await page.getByRole("button", { name: "Bring them along" }).click();
        await page.getByText("3 people came along.").waitFor();
        assert.equal(goodword("status").document.contacts, 3);
        // Who came without a why waits for one.
        await isAccessible(page, "the cards");
        await page.getByLabel("Tom Okafor").fill("His class printed their letters");
        await shot(page, "import-why");
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByText("Saved for 1 person.").waitFor();
        assert.equal(goodword("contact", "show", "Tom Okafor").why, "His class printed their letters");
        // The same file again, chosen and without scripting: nothing would change.
        const plain = await enter({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
        await go(plain, "/people/import");
        assert.ok(await fitsWidth(plain), "the place for a file fits a phone");
        await plain.getByLabel("A file").setInputFiles({ name: "friends.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
        await plain.getByRole("button", { name: "Look at it first" }).click();
        await plain.getByRole("heading", { name: "Nothing would change" }).waitFor();
        assert.ok(await fitsWidth(plain), "the dry run fits a phone");
        await shot(plain, "import-narrow");
        // What is no people's file is said, and the page is still there.
        await go(page, "/people/import");
        await page.getByLabel("A file").setInputFiles({ name: "cat.png", mimeType: "image/png", buffer: Buffer.from([137, 80, 78, 71, 0, 1, 2, 255]) });
        await page.getByRole("button", { name: "Look at it first" }).click();
        await page.getByRole("alert").waitFor();
        await shot(page, "import-refused");
        faults.length = 0; // Chromium reports the status itself.
    },

    async discover() {
        const feed = (title) => `<rss version="2.0"><channel><title>${title}</title><link>/</link><description>d</description><item><title>${title} of 1863</title><link>/item</link><guid>${title}</guid><pubDate>${new Date().toUTCString()}</pubDate></item></channel></rss>`;
        const server = createServer((request, response) => {
            const here = `http://${request.headers.host}`;
            const entry = (name, path) => `<outline text="${name}" htmlUrl="${here}/${path}" xmlUrl="${here}/${path}.xml"/>`;
            const pages = {
                "/": ["text/html", `<title>Maria</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"><link rel="blogroll" type="text/xml" href="/roll.opml"><div class="h-card"><a class="p-name u-url" href="/">Maria Ruiz</a><p class="p-note">Sews coats.</p></div>`],
                "/feed.xml": ["application/rss+xml", feed("Sack coats")],
                "/roll.opml": ["text/x-opml", `<opml><body>${entry("Ann Lee", "ann")}${entry("<b>Tom</b>".replaceAll("<", "&lt;"), "tom")}</body></opml>`],
                "/ann.xml": ["application/rss+xml", feed("Bonnets")],
                "/tom.xml": ["application/rss+xml", feed("Drums")],
            };
            const [kind, body] = pages[request.url] ?? ["text/plain", ""];
            response.writeHead(pages[request.url] ? 200 : 404, { "content-type": kind });
            response.end(body);
        });
        await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
        const site = `http://127.0.0.1:${server.address().port}/`;
        const page = await enter();
        await go(page, "/people/new");
        await page.getByLabel("One address of theirs").fill(site);
        await page.getByRole("button", { name: "Look there" }).click();
        await page.getByText("Found at").waitFor();
        assert.equal(await page.getByLabel("Name").inputValue(), "Maria Ruiz");
        assert.match(await page.getByLabel("Feeds").inputValue(), /feed\.xml/);
        await isAccessible(page, "who was found");
        await shot(page, "found");
        await page.getByLabel("Why are they cool?").fill("She sews by hand and shows every mistake");
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByRole("heading", { name: "Maria Ruiz" }).waitFor();
        // Whom she recommends.
        await go(page, `/discover?from=${encodeURIComponent(site)}`);
        await page.getByRole("link", { name: "Ann Lee" }).waitFor();
        await isAccessible(page, "/discover");
        await shot(page, "discover");
        const ann = page.locator("ul.candidates > li", { hasText: "Ann Lee" });
        await ann.getByRole("button", { name: "Keep" }).click();
        assert.equal(goodword("contact", "list").length, 1, "nobody is kept without a why");
        await ann.getByLabel("Why are they cool?").fill("Her bonnets have a footnote each");
        await ann.getByRole("button", { name: "Keep" }).click();
        await page.getByText("Ann Lee is in your book.").waitFor();
        assert.equal(goodword("contact", "show", "Ann Lee").why, "Her bonnets have a footnote each");
        await page.getByRole("button", { name: /Not for me/ }).first().click();
        await page.locator("ul.candidates").waitFor({ state: "detached" });
        const narrow = await enter({ viewport: { width: 320, height: 640 } });
        await go(narrow, "/people/new");
        assert.ok(await fitsWidth(narrow), "/people/new fits a phone");
        // An address where nobody is: said, and what was typed stays.
        await narrow.getByLabel("One address of theirs").fill("http://127.0.0.1:1/");
        await narrow.getByRole("button", { name: "Look there" }).click();
        await narrow.getByRole("alert").waitFor();
        assert.equal(await narrow.getByLabel("One address of theirs").inputValue(), "http://127.0.0.1:1/");
        server.closeAllConnections();
        server.close();
        faults.length = 0; // Chromium reports the status itself.
    },

    async looks() {
        const id = goodword("contact", "list")[0].id;
        const audience = goodword("audience", "list")[0].id;
        const rooms = { today: "/", people: "/people", audience: `/audiences/${audience}`, new: "/people/new", import: "/people/import", person: `/people/${id}`, edit: `/people/${id}/edit`, audiences: "/audiences", diary: "/diary", settings: "/settings", laptops: "/laptops", welcome: "/welcome" };
        for (const [look, options] of Object.entries({
            light: {},
            dark: { colorScheme: "dark" },
            narrow: { viewport: { width: 320, height: 640 } },
        })) {
            const page = await enter(options);
            for (const [name, path] of Object.entries(rooms)) {
                const answer = await go(page, path);
                assert.equal(answer.status(), 200, path);
                assert.ok((await answer.body()).length <= 100_000, `${path} is at most 100 kB`);
                assert.ok(await fitsWidth(page), `${path} fits a window of this width (${look})`);
                await isAccessible(page, `${path} (${look})`);
                await shot(page, `${name}-${look}`);
            }
            await page.context().close();
        }
    },

    async harmless() {
        const hostile = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>\u202e";
        const blog = await site([[hostile, "javascript:window.pwned=1"], [`${hostile} ${"x".repeat(1 << 20)}`], ["data", "data:text/html,<script>window.pwned=1</script>"]]);
        const [{ id }] = goodword("contact", "list");
        goodword("device", "rename", hostile);
        await meanwhile("contact", "edit", id, "--feed", blog.url);
        await meanwhile("feeds", "refresh");
        blog.close();
        const page = await enter();
        for (const path of ["/", "/people", `/people/${id}`, `/people/${id}/edit`, "/people/import", "/audiences", `/audiences/${goodword("audience", "list")[0].id}`, "/diary", "/laptops", "/settings"]) {
            await go(page, path);
            assert.equal(await page.evaluate(() => window.pwned), undefined, path);
            assert.equal(await page.locator("main script, main img, main iframe, main b").count(), 0, path);
            const bad = await page.evaluate(() => [...document.querySelectorAll("[href], [src], [action]")].map((one) => one.getAttribute("href") ?? one.getAttribute("src") ?? one.getAttribute("action")).filter((url) => !/^(https?:|mailto:|\/|#)/.test(url)));
            assert.deepEqual(bad, [], path);
            assert.ok(await fitsWidth(page), path);
        }
        await go(page, "/");
        assert.match(await page.locator("main").innerText(), /<script>/, "markup is shown as the text it is");
        await shot(page, "hostile");
    },

    async rebinding() {
        const page = await enter();
        const heads = () => goodword("status").document.heads;
        const before = heads(), port = new URL(address).port;
        // A name of theirs that points at us: to the browser, all of it is one site.
        const evil = await page.context().newPage();
        const answer = await evil.goto(`http://evil.test:${port}/`);
        assert.equal(answer.status(), 403);
        assert.ok(!(await evil.content()).includes("Maria"), "a stranger is told nothing");
        const tried = await evil.evaluate(async () => {
            const paths = ["/", "/people", "/people/import", "/discover", "/laptops", "/book.json", "/live", "/page.js"];
            const changes = ["/done", "/skip", "/settings", "/people", "/people/import", "/discover/keep", "/laptops/invite", "/laptops/join", "/leave/all"];
            const body = new URLSearchParams({ form: "0".repeat(64), name: "Mallory", why: "w" });
            const asked = [...paths.map((path) => fetch(path)), ...changes.map((path) => fetch(path, { method: "POST", body }))];
            return Promise.all(asked.map((one) => one.then((answer) => answer.status)));
        });
        assert.deepEqual([...new Set(tried)], [403]);
        assert.equal((await page.context().cookies(`http://evil.test:${port}/`)).length, 0, "our cookie stays with us");
        // A site of theirs that speaks to our real address, in the browser that holds our cookie.
        const theirs = createServer((request, response) => { response.setHeader("content-type", "text/html"); response.end("<h1>Free pens</h1>"); });
        await new Promise((ready) => theirs.listen(0, "127.0.0.1", ready));
        await evil.goto(`http://evil.test:${theirs.address().port}/`);
        const read = await evil.evaluate(async (us) => {
            const body = new URLSearchParams({ name: "Mallory", why: "w" });
            const attempts = [
                fetch(us, { credentials: "include" }).then((answer) => answer.text()),
                fetch(`${us}skip`, { method: "POST", credentials: "include", body }).then((answer) => answer.text()),
                fetch(`${us}skip`, { method: "POST", mode: "no-cors", credentials: "include", body }).then((answer) => answer.text()),
                new Promise((_, fail) => { const frame = document.createElement("iframe"); frame.src = us; frame.onload = () => { try { frame.contentDocument.body; } catch (error) { fail(error); } fail(); }; document.body.append(frame); }),
                new Promise((done, fail) => { const script = document.createElement("script"); script.src = `${us}page.js`; script.onload = done; script.onerror = fail; document.body.append(script); }),
            ];
            return (await Promise.allSettled(attempts)).map((one) => one.value).filter((text) => text);
        }, address);
        assert.deepEqual(read, [], "another site reads nothing of ours");
        await evil.evaluate((us) => {
            const form = document.createElement("form");
            Object.assign(form, { method: "POST", action: `${us}skip` });
            document.body.append(form);
            form.submit();
        }, address);
        await evil.waitForURL(`${address}skip`);
        assert.match(await evil.locator("h1").innerText(), /its author/);
        assert.deepEqual(heads(), before, "nothing was changed");
        assert.equal((await go(page, "/")).status(), 200);
        theirs.closeAllConnections();
        theirs.close();
        faults.length = 0; // Chromium reports what was refused.
    },

    async "without-script"() {
        const page = await enter({ javaScriptEnabled: false });
        const text = page.locator("#text");
        await text.fill("In my own words, about somebody");
        await page.getByRole("button", { name: "Count again" }).click();
        assert.equal(await text.inputValue(), "In my own words, about somebody");
        assert.match(await page.locator("#count").innerText(), /^31 of 300/);
        await page.locator("#acts").getByRole("button", { name: "Done" }).click();
        assert.equal(await heading(page), "Done. Thank you.");
        assert.equal(goodword("diary").entries[0].text, "In my own words, about somebody");
        await go(page, "/people?q=maria");
        assert.equal(await page.locator("ul.people li").count(), 1);
        await go(page, "/settings");
        await page.getByLabel("The hour").fill("07:15");
        await page.getByRole("button", { name: "Save" }).first().click();
        assert.equal(goodword("settings", "list").find((row) => row.key === "daily_at").value, "07:15");
        await page.getByRole("button", { name: "Shut the book" }).click();
        const answer = await go(page, "/");
        assert.equal(answer.status(), 403);
        faults.length = 0; // Chromium reports the 403 itself.
    },
};

try {
    await scenes[process.argv[2]]();
    assert.deepEqual(faults, []);
} finally {
    await browser.close();
}
