/**
 * Child of node-kill.test.ts: reads through the gate without end, in four ways at once, and writes one line on standard
 * output for each batch or release it gets: the ledger entry of the read and the number of rows. Argument: the home
 * folder.
 */
import { writeSync } from 'node:fs'
import type { Question } from '#gate'
import { sql } from '#kernel'
import { questionOf } from '#ontology'
import { analyst, openWorld, planning, validation, validator } from '../world.ts'

const roundsMax = 10_000
const world = await openWorld({ home: process.argv[2]! })
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`)

async function read(subject: string, purpose: string, question: Question & { person: string | null }): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    await using session = await world.session(subject, purpose)
    await using result = await session.rows(question)
    for await (const batch of result.batches()) say({ entry: result.entry, rows: batch.rowCount })
  }
}

async function release(): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    await using session = await world.session(analyst, planning)
    const { entry } = await session.release({
      ...{ about: { kind: 'test' }, keys: [], measures: { n: { kind: 'person-count' } }, geography: 'subnational' },
      relations: { r: { object: 'RttPeriod', columns: ['statusCode'] } },
      build: ({ r }) => sql`SELECT count(*) AS n FROM ${r} AS r`,
    })
    say({ release: entry })
  }
}

/** Several batches. */
function long(): Question & { person: string } {
  const page = questionOf({ object: 'RttPeriod', select: ['patientId', 'statusCode'], limit: 10 })
  const build: Question['build'] = ({ objects }) =>
    sql`SELECT "patientId", "_person" FROM ${objects!} AS objects CROSS JOIN range(500) AS r(i)`
  return { ...page, build }
}

await Promise.all([
  read(validator, validation, questionOf({ object: 'Patient', select: ['surname', 'nhsNumber'], limit: 10 })),
  read(analyst, planning, questionOf({ object: 'PatientPathway', select: ['patientId'], limit: 10 })),
  read(analyst, planning, long()),
  release(),
])
