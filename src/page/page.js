// What the page does by itself: counts while the author types, copies, and shows what changed elsewhere without
// touching what is being typed. Everything else works without it.
"use strict";
(() => {
    const at = (id) => document.getElementById(id);
    const later = (wait, run) => {
        let timer = 0;
        return () => { clearTimeout(timer); timer = setTimeout(run, wait); };
    };
    const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

    // Counting. Only the daemon counts; an answer that comes late must not hide a newer one.
    let asked = 0;
    const count = async () => {
        const form = at("draft"), mine = ++asked;
        if (!form) return;
        const answer = await fetch("/count", { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (!answer.ok || mine !== asked || !at("count")) return;
        const fresh = parsed(await answer.text()).getElementById("count");
        if (fresh) at("count").replaceWith(fresh);
    };
    const countSoon = later(150, () => count().catch(() => {}));
    document.addEventListener("input", (event) => { if (event.target.id === "text") countSoon(); });

    // Copying.
    const ready = () => document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
    document.addEventListener("click", async (event) => {
        const text = at(event.target.dataset.copy);
        if (!text) return;
        try { await navigator.clipboard.writeText(text.value); } catch { text.select(); document.execCommand("copy"); }
        event.target.textContent = "Copied";
        setTimeout(() => { event.target.textContent = "Copy"; }, 2000);
    });

    // A file that is dropped on a page with a place for one is as good as chosen.
    const place = () => document.querySelector("form[data-drop]");
    const hasFile = (event) => place() && [...event.dataTransfer.types].includes("Files");
    const over = (event) => {
        if (!hasFile(event)) return;
        event.preventDefault();
        place().classList.toggle("over", event.type === "dragover");
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", over);
    document.addEventListener("drop", (event) => {
        if (!hasFile(event)) return;
        over(event);
        place().querySelector("input[type=file]").files = event.dataTransfer.files;
        place().requestSubmit();
    });

    // What changed elsewhere.
    const parts = (page) => new Map([...page.querySelectorAll("[data-part]")].map((part) => [part.id, part]));
    const source = (part) => part.outerHTML;
    const known = new Map([...parts(document)].map(([id, part]) => [id, source(part)]));
    const here = document.body.dataset.here;
    const isBusy = (part) => [...part.querySelectorAll("input:not([type=hidden]), textarea, select")].some((field) =>
        field === document.activeElement || "edited" in field.dataset ||
        (field.options ? field.value !== ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value
            : field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));
    // What was unfolded stays so, and the focus stays where it was if the very same thing is still there: a key that is
    // pressed in that moment must not mean another.
    const replace = (part, next) => {
        const was = [...part.querySelectorAll("details")], folds = [...next.querySelectorAll("details")];
        if (was.length === folds.length) folds.forEach((fold, n) => { fold.open = was[n].open; });
        const focused = part.contains(document.activeElement) ? document.activeElement.outerHTML : null;
        part.replaceWith(next);
        const same = focused ? [...next.querySelectorAll("a, button, summary")].filter((one) => one.outerHTML === focused) : [];
        if (same.length === 1) same[0].focus();
    };
    const refresh = async () => {
        const answer = await fetch(here, { cache: "no-store", headers: { "x-goodword-live": "1" } });
        if (!answer.ok) return;
        const fresh = parts(parsed(await answer.text())), old = parts(document);
        const busy = [...old.values()].filter(isBusy);
        const moved = busy.some((part) => !fresh.has(part.id) || fresh.get(part.id).dataset.of !== part.dataset.of);
        if (moved) { at("changed").hidden = false; return; }
        for (const [id, part] of old) {
            const next = fresh.get(id);
            if (!next) { part.remove(); known.delete(id); continue; }
            const html = source(next);
            if (known.get(id) === html || busy.includes(part)) continue;
            known.set(id, html);
            replace(part, document.adoptNode(next));
        }
        const main = at("main");
        for (const [id, next] of fresh) {
            if (old.has(id)) continue;
            known.set(id, source(next));
            main.append(document.adoptNode(next));
        }
        ready();
    };
    const refreshSoon = later(60, () => refresh().catch(() => {}));
    let stream = null;
    const listen = () => {
        if (!here || stream || document.hidden) return;
        stream = new EventSource("/live");
        // Also after a break: something may have changed meanwhile.
        stream.addEventListener("hello", refreshSoon);
        stream.addEventListener("changed", refreshSoon);
    };
    // A browser has six connections for all its windows on us: a window that nobody sees gives its own back.
    document.addEventListener("visibilitychange", () => {
        if (document.hidden && stream) { stream.close(); stream = null; }
        listen();
    });
    window.addEventListener("pagehide", () => { if (stream) stream.close(); stream = null; });
    window.addEventListener("pageshow", listen);
    listen();
    ready();
})();
