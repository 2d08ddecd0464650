import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { objectTypes, property, sensitivities } from '#contracts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const labelsFolder = `${root}src/contracts/sensitivity`

/** `Type.property` → class, straight from the files: the loader's default for what has none would hide a gap. */
function labels(): Map<string, string> {
  const found = new Map<string, string>()
  for (const file of readdirSync(labelsFolder)) {
    const document = JSON.parse(readFileSync(`${labelsFolder}/${file}`, 'utf8')) as {
      properties: Record<string, string>
    }
    for (const [name, label] of Object.entries(document.properties)) found.set(`${file.slice(0, -5)}.${name}`, label)
  }
  return found
}

const names = objectTypes().flatMap((type) => type.properties.map(({ name }) => `${type.name}.${name}`))

test('every property of every type has a sensitivity class by hand', () => {
  const labelled = labels()
  assert.deepEqual(
    names.filter((name) => !(sensitivities as readonly (string | undefined)[]).includes(labelled.get(name))),
    [],
  )
})

test('no class is kept for a property that is gone', () => {
  const known = new Set(names)
  assert.deepEqual(
    [...labels().keys()].filter((name) => !known.has(name)),
    [],
  )
})

/** What a name says about itself is never labelled milder. Whoever relaxes one argues with this table first. */
const strictest: readonly (readonly [pattern: RegExp, ...classes: string[]])[] = [
  [/\.(nhsNumber|mrn|patientName|fullName|firstName|surname|phoneNumber|addressLine\d|nextOfKin\w*)$/, 'direct'],
  [/^(Encounter|EalEntry|Procedure|Referral|ValidatedChangelog|BookingRequest)\.title$|admissionTitle$/, 'direct'],
  [
    /(freeText|freeTextComments|freeTextLong|comment|comments|commentText|notes|noteText|reportText|letterContent)$/i,
    'text',
  ],
  [/(newValue|oldValue|propertyToModify|evidenceSource|actionSummary|newParameter_\d)$/i, 'text', 'direct'],
  [/\.description$/, 'text', 'direct'],
  [/(mentalHealthAct|overseasVisitor|safeguarding|psychiatric|genderIdentity)\w*$/i, 'restricted'],
  [/(birth|death)Date$|dateOf(Birth|Death)$/i, 'direct', 'quasi'],
  // Exact in the vault alone, its outward code in the lake: see docs/concepts/tokens.md.
  [/postcode$/i, 'direct', 'quasi'],
  [
    /(consultant|anaesthetist|careProfessional|user)(Name|Names|Id|Ids)$|(closed|requested|updated|booked)By$/i,
    'staff',
    'text',
    'direct',
  ],
]

test('no class is milder than the name', () => {
  const labelled = labels()
  const milder: string[] = []
  for (const [pattern, ...classes] of strictest) {
    const meant = names.filter((name) => pattern.test(name) && !/\.hasLetterContent$/.test(name))
    assert.ok(meant.length > 0, String(pattern))
    const keys = (name: string) => {
      const type = objectTypes().find((one) => one.name === name.split('.')[0])
      return type !== undefined && property(type, name.split('.')[1] ?? '').role !== null
    }
    for (const name of meant) {
      if (!keys(name) && !classes.includes(labelled.get(name) ?? '')) milder.push(`${name}: ${labelled.get(name)}`)
    }
  }
  assert.deepEqual(milder, [])
})

test('timestamps of care are quasi or stricter', () => {
  const mild = objectTypes()
    .filter((type) => type.personLevel)
    .flatMap((type) =>
      type.properties
        .filter(
          ({ type: kind, sensitivity }) => kind === 'timestamp' && ['clinical', 'operational'].includes(sensitivity),
        )
        .map(({ name }) => name),
    )
  assert.deepEqual([...new Set(mild)].sort(), ['lastRefreshed', 'lastRefreshedAtSourceTimestamp'])
})

test('contracts and reference page are what the importer writes, to the byte', (t) => {
  if (skipWithoutShared(t)) return
  const folder = mkdtempSync(join(tmpdir(), 'fdp-contracts-'))
  try {
    execFileSync(process.execPath, [`${root}tools/import-cdm/main.ts`, sharedPath('data/cdm'), folder], {
      stdio: 'pipe',
    })
    const files = readdirSync(`${folder}/src/contracts/cdm`).sort()
    assert.deepEqual(readdirSync(`${root}src/contracts/cdm`).sort(), files)
    assert.equal(files.length, 63)
    for (const file of [...files.map((name) => `src/contracts/cdm/${name}`), 'docs/reference/cdm.md']) {
      assert.ok(readFileSync(`${root}${file}`).equals(readFileSync(`${folder}/${file}`)), `${file} is stale`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
