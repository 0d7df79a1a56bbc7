// Reads the Automerge file named first and prints it as JSON. Given a second name, it also writes a change of its own
// there: the author's file in another program's hands.
import { readFileSync, writeFileSync } from "node:fs";
import * as A from "@automerge/automerge";

const [from, to] = process.argv.slice(2);
let book = A.load(new Uint8Array(readFileSync(from)));
process.stdout.write(JSON.stringify({ heads: A.getHeads(book), book }));
if (to) {
  book = A.change(book, (draft) => {
    draft.contacts.a.why = new A.ImmutableString("because JavaScript says so");
    draft.contacts.a.favourite = 7;
  });
  writeFileSync(to, A.save(book));
}
