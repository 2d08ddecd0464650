import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { transparencyFromEntries } from '#audit'
import { contradictions, whoCanSee } from '#governance'
import type { JsonObject, PurposeId } from '#kernel'
import { verifyEntryProof } from '#ledger'
import { publicBook } from '#node'
import {
  director,
  first,
  guardian,
  openStory,
  pandemic,
  type Story,
  second,
  supplier,
} from '../../test/national-story.ts'
import { codeOf, openSite, type Site } from '../../test/sign-in.ts'

let story: Story
let site: Site
before(async () => {
  story = await openStory()
  site = await openSite(story.world.node)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await story[Symbol.asyncDispose]()
})

interface Item {
  readonly entry: number
  readonly kind: string
  readonly says: string
  readonly proof: string
}

const here = '/public/transparency/national'
/** A document is at most a second old, so a second later it knows everything. */
const later = () => story.clock.advanceMs(1_000)

async function documentNow() {
  later()
  return (await (await site.get(here)).json()) as Awaited<ReturnType<typeof publicBook>>['document']
}

async function pageNow(): Promise<string> {
  later()
  return await (await site.get('/public/national')).text()
}

async function changesSince(since: number): Promise<Item[]> {
  later()
  const items: Item[] = []
  let next: string | null = `${here}/changes?since=${since}`
  while (next !== null) {
    const page = (await (await site.get(next)).json()) as { items: Item[]; next: string | null }
    items.push(...page.items)
    next = page.next
  }
  return items
}

const publicPaths = [
  '/public',
  '/public/transparency',
  here,
  `${here}/changes`,
  `${here}/feed.json`,
  '/public/national',
]

test('public facts only: GET /public, GET /public/transparency, GET /public/transparency/:tenant, GET /public/transparency/:tenant/changes, GET /public/transparency/:tenant/feed.json, GET /public/:tenant name no person, no patient and no machine', async () => {
  await story.approve(first, { object: 'Patient' })
  assert.ok((await story.read(first)).length > 0)
  const people = [...story.state.persons.values()]
  assert.ok(people.length > 8)
  const patients = story.world.rows('national').Patient
  for (const path of publicPaths) {
    later()
    const reply = await site.get(path)
    assert.equal(reply.status, 200, path)
    const text = await reply.text()
    for (const { id, name } of people) assert.ok(!text.includes(id) && !text.includes(name), `${path} names ${id}`)
    for (const patient of patients)
      for (const value of [patient.nhsNumber, patient.surname, patient.personId].map(String))
        assert.ok(!text.includes(value), path)
    for (const word of [story.world.home, process.cwd()]) assert.ok(!text.includes(word), path)
  }
})

test('public facts only: GET /public/transparency/:tenant/changes/:entry/proof shows the place of a public change, no text, and no other entry', async () => {
  const items = await changesSince(-1)
  const { vkey } = story.tenant.ledger
  const proof = (await (await site.get(items.at(-1)!.proof)).json()) as JsonObject
  assert.equal(proof.index, items.at(-1)!.entry)
  assert.equal(verifyEntryProof(proof, vkey), null)
  assert.throws(() => verifyEntryProof({ ...proof, leaf: '0'.repeat(64) }, vkey), /BAD_PROOF|not under/)
  const told = new Set(items.map(({ entry }) => entry))
  const untold = Array.from({ length: story.tenant.ledger.size }, (_, i) => i).filter((i) => !told.has(i))
  assert.ok(untold.length > 5)
  for (const entry of [...untold, 1_000_000, 'x', '-1', '1.5']) {
    const reply = await site.get(`${here}/changes/${entry}/proof`)
    assert.ok([400, 404].includes(reply.status), String(entry))
  }
})

test('the document says what whoCanSee says: every person, data set, level and purpose, counted once', async () => {
  const document = await documentNow()
  const rows = whoCanSee(story.state, story.now(), story.policies)
  assert.ok(rows.length > 4)
  const count = (some: readonly unknown[]) => new Set(some.map((each) => JSON.stringify(each))).size
  for (const { kind, object, level, people } of document.people) {
    const mine = rows.filter((row) => row.action === 'read' && row.kind === kind && row.object === object)
    assert.equal(people, count(mine.filter((row) => row.level === level).map(({ person }) => person)))
  }
  const told = document.access.reduce((sum, line) => sum + line.people, 0)
  assert.equal(
    told,
    count(rows.map((r) => [r.person, r.action, r.object, r.columns.length, r.level, r.purpose, r.until])),
  )
  assert.deepEqual(
    document.people.map(({ people }) => people).reduce((a, b) => a + b, 0),
    count(rows.filter(({ action }) => action === 'read').map((r) => [r.person, r.object, r.level])),
  )
  const engineers = document.access.filter(({ employer, object }) => employer === supplier && object === 'Patient')
  assert.deepEqual(
    engineers.map(({ person, people }) => [person, people]),
    // Person 1 of that supplier is the engineer whom the economy itself has.
    [[2, 1]],
  )
  const widest = document.breadth.employers.find(({ employer }) => employer === supplier)
  assert.deepEqual([widest?.dataSets, widest?.people, document.breadth.dataSets], [1, 1, 2])
  assert.deepEqual(document.elevated, { peopleMax: 2, people: 1, suspended: 0, reviewsOverdue: 0 })
})

test('a forged grant turns document and page red with the sentence; ending it turns them green; both are in the change feed', async () => {
  const before = await documentNow()
  assert.equal(before.status, 'holds')
  assert.match(await pageNow(), /class="banner holds"/)
  const forged = await story.forceGrant(second, {
    ...{ object: 'RttPeriod', level: 'pseudonymised', purpose: 'flu-vaccination' as PurposeId },
  })
  const red = await documentNow()
  assert.equal(red.status, 'contradicted')
  const untrue = contradictions(story.state, story.now())[0]!
  assert.ok(untrue.instead.includes(second))
  assert.equal(red.contradictions[0]?.sentence, untrue.sentence)
  assert.match(
    red.contradictions[0]!.instead,
    /^1 person of A supplier \(ZS1\).* holds a grant on RttPeriod for flu-vaccination$/,
  )
  assert.deepEqual(red.contradictions[0]!.entries, [story.state.grants.get(forged)!.entry])
  const page = await pageNow()
  assert.match(page, /class="banner contradicted"/)
  assert.ok(page.includes(untrue.sentence) && page.includes(red.contradictions[0]!.instead))
  assert.ok(!page.includes(second))
  await story.act('governance.grant-revoked', { by: guardian, grant: forged, at: story.now(), reason: second })
  assert.equal((await documentNow()).status, 'holds')
  const green = await pageNow()
  assert.match(green, /class="banner holds"/)
  const items = await changesSince(before.ledger.lastChange)
  assert.deepEqual(
    items.map(({ kind }) => kind),
    ['governance.grant-approved', 'status.untrue', 'governance.grant-revoked', 'status.true-again'],
  )
  assert.ok(items[1]!.says.includes(untrue.sentence) && items[3]!.says.includes(untrue.sentence))
  assert.ok(!JSON.stringify(items).includes('@'))
  const feed = (await (await site.get(`${here}/feed.json`)).json()) as {
    version: string
    items: { content_text: string }[]
  }
  assert.equal(feed.version, 'https://jsonfeed.org/version/1.1')
  assert.deepEqual(
    feed.items.slice(0, 4).map((item) => item.content_text),
    items.map(({ says }) => says).reverse(),
  )
})

test('what an officer typed is shown without the people in it: names, ids, those registered later too', async () => {
  const id = 'newcomer@supplier.example' as typeof first
  await story.act('governance.contract-extended', {
    ...{ by: director, id: 'pandemic', until: story.daysOn(400), valuePounds: 2_000_000 },
    reason: `as Nora Newcomer (${id}) and ${guardian} asked`,
  })
  await story.person(id, { name: 'Nora Newcomer' })
  const document = await documentNow()
  const reason = document.contracts.find((contract) => contract.id === 'pandemic')?.history.at(-1)?.reason
  assert.equal(reason, 'as (name withheld) ((name withheld)) and (name withheld) asked')
  assert.equal(document.status, 'contradicted')
  assert.match(document.contradictions[0]!.sentence, /contract pandemic ends on/)
  for (const text of [JSON.stringify(await changesSince(-1)), await pageNow()])
    assert.ok(!/Newcomer|newcomer/.test(text))
  const recorded = (await story.entries()).find(({ type }) => type === 'governance.contract-extended')
  assert.ok(JSON.stringify(recorded).includes('Nora Newcomer'), 'the ledger keeps what was typed')
})

test('refusals of forbidden uses are counted, and reads, and no number of patients below 8', async () => {
  const { disclosures, forbidden, uses } = await documentNow()
  assert.deepEqual(disclosures, [])
  assert.ok(forbidden.length >= 8 && forbidden.every(({ refusals, says }) => refusals === 0 && says.length > 10))
  assert.ok(
    uses.days.some(({ purpose, kind, reads }) => purpose === pandemic && kind === 'processor-staff' && reads > 0),
  )
  for (const [id, persons] of [
    ['one', 1],
    ['many', 23],
  ] as const)
    await story.act('governance.disclosure-compelled', {
      ...{ by: director, id, instrument: 'health-act-functions', recipient: supplier, objects: ['Patient'], persons },
      ...{ at: story.now(), reason: 'an order' },
    })
  await story.refused(second, 'Patient')
  const after = await documentNow()
  assert.deepEqual(
    after.disclosures.map(({ persons }) => persons),
    ['<8', 25],
  )
  const refusals = (all: typeof uses.days) => all.reduce((sum, each) => sum + each.refusals, 0)
  assert.equal(refusals(after.uses.days), refusals(uses.days) + 1)
})

test('an outsider who replays the governance parts draws the very same document', async () => {
  later()
  const { document } = await publicBook(story.tenant, story.clock)
  const entries = (await story.entries()).slice(0, document.ledger.size)
  const about = { tenant: document.tenant, checkpoint: document.ledger.checkpoint }
  const drawn = transparencyFromEntries(entries, about, document.at, story.policies)
  assert.equal(JSON.stringify(drawn), JSON.stringify(document))
  assert.throws(() => transparencyFromEntries(entries.slice(1), about, document.at, story.policies))
  assert.throws(() => transparencyFromEntries(entries.slice(0, -1), about, document.at, story.policies))
})

test('a tenant that is none is not found; a question that is no entry is refused', async () => {
  for (const path of [
    '/public/nowhere',
    ...['', '/changes', '/feed.json'].map((end) => `/public/transparency/nowhere${end}`),
  ]) {
    const reply = await site.get(path)
    assert.deepEqual([reply.status, await codeOf(reply)], [404, 'FDP_HTTP_TENANT'], path)
  }
  for (const since of ['x', '-2', '99999999999999999999'])
    assert.equal(await codeOf(await site.get(`${here}/changes?since=${since}`)), 'FDP_HTTP_REQUEST', since)
  assert.equal(await codeOf(await site.get(`${here}/changes?person=x`)), 'FDP_HTTP_REQUEST')
})

test('the same document is drawn once for all who ask, and not sent again to whoever has it', async () => {
  const append = () => story.tenant.ledger.append({ type: 'test.something', governance: {} })
  await append()
  later()
  const asked = await Promise.all(Array.from({ length: 20 }, () => site.get(here)))
  const tags = new Set(asked.map((reply) => reply.headers.get('etag')))
  assert.equal(tags.size, 1)
  const [etag] = tags as Set<string>
  const again = await site.get(here, { headers: { 'if-none-match': etag } })
  assert.deepEqual([again.status, await again.text()], [304, ''])
  await append()
  const sooner = await site.get(here)
  assert.equal(sooner.headers.get('etag'), etag, 'within a second nothing is drawn again, whatever is appended')
  later()
  assert.notEqual((await site.get(here)).headers.get('etag'), etag)
})

test('a page of changes never cuts an entry in two, however long the list', async () => {
  later()
  const { record } = await publicBook(story.tenant, story.clock)
  const all = record.changes().items
  assert.ok(new Set(all.map(({ entry }) => entry)).size < all.length, 'no entry with two changes')
  for (const max of [1, 2, 7, 1_000]) {
    const seen = []
    let since = -1
    for (let more = true; more; ) {
      const page = record.changes(since, max)
      assert.ok(new Set(page.items.map(({ entry }) => entry)).size <= max)
      seen.push(...page.items)
      since = page.items.at(-1)!.entry
      more = page.more
    }
    assert.deepEqual(seen, all)
  }
  assert.deepEqual(record.changes(record.lastChange, 5), { items: [], more: false })
  assert.deepEqual(record.latest(3), all.slice(-3))
})

test('changes come in the order of the ledger, and from any entry on the rest of them', async () => {
  const all = await changesSince(-1)
  const entries = all.map(({ entry }) => entry)
  assert.deepEqual(
    entries,
    [...entries].sort((a, b) => a - b),
  )
  for (const since of [0, entries[7]!, entries.at(-1)! - 1, entries.at(-1)!])
    assert.deepEqual(
      await changesSince(since),
      all.filter(({ entry }) => entry > since),
    )
})
