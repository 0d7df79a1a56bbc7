// Two laptops on their pages.
import assert from "node:assert/strict";
import { other, tell, goodword, faults, enter, go, shot, isAccessible, fitsWidth } from "./rig.mjs";

export const laptops = {
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
};
