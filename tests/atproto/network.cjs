// Bluesky's network on loopback: directory, PDS and AppView as Bluesky runs them. Prints one line of JSON when it is
// ready, then does what each line of standard input says, answering each with one line, until the input ends.
const readline = require('node:readline')
const { TestNetwork, SeedClient } = require('@atproto/dev-env')

async function main() {
  // What the servers log is not part of the answers.
  console.log = console.info = console.debug = () => {}
  const network = await TestNetwork.create({ dbPostgresSchema: 'goodword' })
  const seed = network.getSeedClient ? network.getSeedClient() : new SeedClient(network)
  const did = (name) => seed.dids[name]
  const posts = []
  const acts = {
    person: async ({ name, shown, about, labels }) => {
      await seed.createAccount(name, { handle: `${name}.test`, email: `${name}@example.org`, password: 'hunter2' })
      await seed.createProfile(did(name), shown, about, labels)
      return { did: did(name), handle: `${name}.test` }
    },
    post: async ({ by, text }) => {
      const { ref } = await seed.post(did(by), text)
      posts.push(ref)
      return { post: posts.length - 1, uri: ref.uriStr }
    },
    like: async ({ by, post }) => void (await seed.like(did(by), posts[post])),
    repost: async ({ by, post }) => void (await seed.repost(did(by), posts[post])),
    reply: async ({ by, post, text }) => void (await seed.reply(did(by), posts[post], posts[post], text)),
    follow: async ({ by, whom }) => void (await seed.follow(did(by), did(whom))),
    unfollow: async ({ by, whom }) => void (await seed.unfollow(did(by), did(whom))),
    pack: async ({ by, name, people }) => {
      const pack = await seed.createStarterPack(did(by), name, people.map(did))
      return { uri: pack.uriStr }
    },
    list: async ({ by, name, purpose, people }) => {
      const list = await seed.createList(did(by), name, purpose)
      for (const person of people) await seed.addToList(did(by), did(person), list)
      return { uri: list.uriStr }
    },
    // Until everything that was said has reached the AppView.
    settle: async () => void (await network.processAll()),
  }
  process.stdout.write(JSON.stringify({ appview: network.bsky.url, pds: network.pds.url }) + '\n')
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { act, ...rest } = JSON.parse(line)
    const answer = await acts[act](rest).catch((error) => ({ error: String(error) }))
    process.stdout.write(JSON.stringify(answer ?? {}) + '\n')
  }
  await network.close()
  process.exit(0)
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exit(1)
})
