// A day on the page: the first one, a whole one, one with company from elsewhere, by keyboard and without scripting.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { port, goodword, faults, enter, go, site, meanwhile, shot, heading, isAccessible, fitsWidth } from "./rig.mjs";

export const day = {
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
