// People on the page: brought along from a file, found in public, and what is between them and the author.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { goodword, faults, enter, go, bluesky, meanwhile, shot, isAccessible, fitsWidth } from "./rig.mjs";

export const people = {
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

    // No file: a handle.
    async follows() {
        const network = await bluesky({});
        goodword("settings", "set", "bluesky", "ada.example.org");
        const page = await enter({ viewport: { width: 320, height: 640 } });
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
        await step.getByText("Maria Ruiz has had a kind sign from you: now share something, with the draft.").waitFor();
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
};
