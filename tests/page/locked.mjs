// What must not happen: foreign text that acts, another site that reads or presses.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { address, goodword, faults, enter, go, site, meanwhile, shot, fitsWidth } from "./rig.mjs";

export const locked = {
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
};
