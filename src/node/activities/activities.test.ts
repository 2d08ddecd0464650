import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileSource } from '#adapters/source-csv'
import { sign } from '#governance'
import { type PurposeId, parseSubjectId } from '#kernel'
import { sharedPath, skipWithoutShared } from '../../../test/shared-data.ts'
import { errorOf, guardian, openWorld, validator } from '../../../test/world.ts'
import { readActivities } from './activity-files.ts'
import { registerActivities } from './register-activities.ts'

const folder = sharedPath('data/governance/phmi/csvs')
const head = 'FUNCTION,ACTIVITY,GDPR Condition,Common Law Duty of Confidence,TRUST,,COUNCIL'
const file = (text: string, name = 'data-map-lawful-basis-x.csv') => ({ name, text })

test('refused: a folder without lists, and a file that is none', () => {
  assert.throws(() => readActivities([file('x', 'activities.csv')]), { code: 'FDP_ACTIVITY_FOLDER' })
  assert.throws(() => readActivities([file('')]), { code: 'FDP_ACTIVITY_FILE' })
  assert.throws(() => readActivities([file('A,B\n1,2')]), { code: 'FDP_ACTIVITY_FILE' })
})

test('merged cells are read as people read them; what two lists say differently is kept with its list', () => {
  const one = `${head}\nA. FIRST,1. One,Art 6,consent,duty a,,9\n,,,,duty b,,12\n,2. Two,,,,,\nB. NEXT,1. Three,,consent,,,`
  const { activities, withoutBasis } = readActivities([
    file(one),
    file(`${head}\nA. FIRST,1. One,Art 6,pseudonyms,,,\n`, 'data-map-lawful-basis-y.csv'),
    file('FUNCTION,ACTIVITY,EXAMPLES\nA. FIRST,1. One,e\n,7. Seven,e', 'activities.csv'),
  ])
  assert.deepEqual(
    activities.map(({ id, name, function: of }) => [id, name, of]),
    [
      ['a-1-one', '1. One', 'A. FIRST'],
      ['a-2-two', '2. Two', 'A. FIRST'],
    ],
  )
  assert.equal(activities[0]?.conditions, 'Art 6\nTRUST: duty a; duty b\nCOUNCIL: statutes 9, 12 of its list')
  assert.match(activities[0]?.dutyOfConfidence ?? '', /x\.csv: consent\ndata-map-lawful-basis-y\.csv: pseudonyms/)
  assert.deepEqual([activities[1]?.conditions, activities[1]?.dutyOfConfidence], ['Art 6', 'consent'])
  assert.deepEqual(withoutBasis, ['a-7-seven', 'b-1-three'])
})

test('what is longer than an event takes ends with a note that says so', () => {
  const long = 'word '.repeat(1_000)
  const { activities, cut } = readActivities([file(`${head}\nA. F,1. ${long},${long},consent,,,`)])
  assert.equal(cut, 2)
  for (const text of [activities[0]?.name ?? '', activities[0]?.conditions ?? ''])
    assert.match(text, / \[cut here: the source says more\]$/)
  assert.ok(activities[0]!.name.length <= 200 && activities[0]!.conditions.length <= 4_000)
})

test('the published lists: every activity is registered, a purpose can name it, a second time nothing changes', async (t) => {
  if (skipWithoutShared(t)) return
  await using world = await openWorld({ empty: true })
  const tenant = world.tenant()
  const input = { folder, by: parseSubjectId(guardian), openFile: fileSource }
  const refused = await errorOf(() => registerActivities(tenant, { ...input, by: parseSubjectId(validator) }))
  assert.equal(refused.code, 'FDP_GOVERNANCE_NOT_ENTITLED')
  assert.equal(tenant.governance.state().activities.size, 0)
  const made = await registerActivities(tenant, input)
  const names = readdirSync(folder).filter((name) => name === 'activities.csv')
  const published = readFileSync(join(folder, names[0]!), 'utf8').match(/(^|,)"?\d+\. /gm) ?? []
  t.diagnostic(
    `${made.changed.length} activities, ${made.cut} texts cut, without basis: ${made.withoutBasis.join(', ')}`,
  )
  assert.ok(published.length > 0 && made.changed.length + made.withoutBasis.length >= published.length)
  const state = tenant.governance.state()
  assert.deepEqual([state.activities.size, state.rejected], [made.changed.length, []])
  const purpose = (activity: string) =>
    sign(
      state,
      'governance.purpose-registered',
      {
        ...{ by: parseSubjectId(guardian), id: 'with-an-activity' as PurposeId, name: 'A purpose', class: 'planning' },
        ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'none', justification: 'never', activity },
      },
      world.now(),
    )
  assert.equal(purpose(made.changed[0]!.id).governance.activity, made.changed[0]!.id)
  assert.throws(() => purpose('no-such-activity'), { code: 'FDP_GOVERNANCE_NOT_FOUND' })
  const again = await registerActivities(tenant, input)
  assert.deepEqual([again.receipts.length, again.unchanged], [0, made.changed.length])
})

test('refused: a folder that is not there, and a file that is not UTF-8; nothing is registered', async () => {
  await using world = await openWorld({ empty: true })
  const empty = await mkdtemp(join(tmpdir(), 'openfdp-activities-'))
  const input = { folder: empty, by: parseSubjectId(guardian), openFile: fileSource }
  try {
    for (const each of [empty, join(empty, 'nowhere')])
      assert.equal(
        (await errorOf(() => registerActivities(world.tenant(), { ...input, folder: each }))).code,
        'FDP_ACTIVITY_FOLDER',
      )
    await writeFile(join(empty, 'data-map-lawful-basis-x.csv'), Buffer.from([0x46, 0xff]))
    assert.equal((await errorOf(() => registerActivities(world.tenant(), input))).code, 'FDP_ACTIVITY_FILE')
  } finally {
    await rm(empty, { recursive: true, force: true })
  }
})
