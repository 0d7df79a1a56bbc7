// Plays one scene on the page in a real Chromium: node drive.mjs SCENE, with a JSON of its surroundings on stdin.
// Ends with 0, or with an error that says what was not so.
import assert from "node:assert/strict";
import { day } from "./day.mjs";
import { laptops } from "./laptops.mjs";
import { locked } from "./locked.mjs";
import { looks } from "./looks.mjs";
import { people } from "./people.mjs";
import { browser, faults } from "./rig.mjs";

const scenes = { ...day, ...people, ...laptops, ...looks, ...locked };

try {
    await scenes[process.argv[2]]();
    assert.deepEqual(faults, []);
} finally {
    await browser.close();
}
