// How every room looks.
import assert from "node:assert/strict";
import { goodword, enter, go, shot, isAccessible, fitsWidth } from "./rig.mjs";

export const looks = {
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
};
