/**
 * FHIR NDJSON to rows: a view as it is compiled, beside the statement that somebody who knows DuckDB would write by hand for
 * the same columns. Both over the same table of resources as texts, in one engine; the median of five, taken in turns.
 *
 *   node_modules/.bin/node bench/fhir-flatten.ts [patients]
 */

import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { compileView, parseView } from '#fhir'
import { literal, rawSql, type Sql, sql } from '#kernel'
import type { Engine } from '#ports'

export interface FlattenBenchRow {
  readonly what: string
  readonly resources: number
  readonly resourcesPerSecond: number
  readonly ratio: number
}

const resourcesDefault = 200_000
const runs = 5

/** By hand: JSON paths where the element is one, a filtered list where it has to be chosen. No check of how many there are. */
const byHand: Readonly<Record<string, string>> = {
  Patient: `SELECT resource->>'$.resourceType' || '/' || (resource->>'$.id') AS "personId",
    list_filter(from_json(resource->'$.identifier', '[{"system":"VARCHAR","value":"VARCHAR"}]'),
      lambda i: i.system = 'https://fhir.nhs.uk/Id/nhs-number')[1].value AS "nhsNumber",
    list_filter(from_json(resource->'$.name', '[{"use":"VARCHAR","family":"VARCHAR"}]'),
      lambda n: n.use = 'official' OR n.use IS NULL)[1].family AS surname,
    resource->>'$.birthDate' AS "dateOfBirth", resource->>'$.gender' AS sex,
    resource->>'$.address[0].postalCode' AS postcode FROM resources`,
  Procedure: `SELECT resource->>'$.resourceType' || '/' || (resource->>'$.id') AS "procedureId",
    resource->>'$.subject.reference' AS "patientId", resource->>'$.encounter.reference' AS "encounterId",
    list_filter(from_json(resource->'$.code.coding', '[{"system":"VARCHAR","code":"VARCHAR"}]'),
      lambda c: c.system = 'http://snomed.info/sct')[1].code AS "procedureSnomedCtCode",
    resource->>'$.performedPeriod.start' AS "procedureTimestamp"
    FROM resources WHERE resource->>'$.status' IN ('completed', 'in-progress')`,
}

/** Views of the same columns as above, cut out of those that ship with the program. */
const columns: Readonly<Record<string, readonly string[]>> = {
  Patient: ['personId', 'nhsNumber', 'surname', 'dateOfBirth', 'sex', 'postcode'],
  Procedure: ['procedureId', 'patientId', 'encounterId', 'procedureSnomedCtCode', 'procedureTimestamp'],
}

export async function benchFhirFlatten(resources: number = resourcesDefault): Promise<readonly FlattenBenchRow[]> {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 8_192, threads: 2, tempDirectory: null })
  const rows: FlattenBenchRow[] = []
  for (const object of Object.keys(byHand)) {
    await engine.execute(sql`CREATE OR REPLACE TABLE resources AS SELECT (${resourceOf(object)})::JSON AS resource
      FROM range(${literal(String(resources))}::BIGINT) r(i)`)
    const view = JSON.parse(await readFile(new URL(`../mappings/fhir/${object}.json`, import.meta.url), 'utf8'))
    for (const select of view.select)
      select.column = select.column?.filter(({ name }: { name: string }) => columns[object]!.includes(name))
    const { statement } = compileView(parseView(view), rawSql('resources'))
    const [compiled, hand] = await inTurns(engine, [statement, rawSql(byHand[object]!)])
    rows.push({
      ...{ what: `${object}, ${columns[object]!.length} columns`, resources },
      ...{ resourcesPerSecond: resources / compiled!, ratio: compiled! / hand! },
    })
  }
  return rows
}

function resourceOf(object: string): Sql {
  const n = rawSql("i::VARCHAR || ''")
  if (object === 'Patient')
    return sql`'{"resourceType":"Patient","id":"p' || ${n} || '","identifier":[{"system":"urn:local","value":"' || ${n} ||
      '"},{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"' || (9000000000 + i)::VARCHAR ||
      '"}],"name":[{"use":"official","family":"Madeup","given":["Ann"]}],"gender":"female","birthDate":"1980-02-29","address":[{"line":["1 No Road"],"city":"Nowhere","postalCode":"ZZ99 3VZ"}],"telecom":[{"system":"phone","value":"0"}]}'`
  return sql`'{"resourceType":"Procedure","id":"c' || ${n} || '","status":"completed","code":{"coding":[{"system":"http://snomed.info/sct","code":"' ||
    (100000 + i % 900)::VARCHAR || '","display":"Made up"}]},"subject":{"reference":"Patient/p' || ${n} || '"},"encounter":{"reference":"Encounter/e' || ${n} ||
    '"},"performedPeriod":{"start":"2026-01-31T09:30:00+00:00","end":"2026-01-31T10:00:00+00:00"}}'`
}

/** Seconds of each statement, its result kept as a table; the median of a few, the statements in turns. */
async function inTurns(engine: Engine, statements: readonly Sql[]): Promise<readonly number[]> {
  const seconds = statements.map((): number[] => [])
  for (let run = 0; run < runs; run++) {
    for (const [i, statement] of statements.entries()) {
      const began = performance.now()
      await engine.execute(sql`CREATE OR REPLACE TABLE flat AS ${statement}`)
      seconds[i]!.push((performance.now() - began) / 1_000)
    }
  }
  return seconds.map((each) => each.toSorted((a, b) => a - b)[Math.floor(runs / 2)]!)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { what, resources, resourcesPerSecond, ratio } of await benchFhirFlatten(
    Number(process.argv[2] ?? resourcesDefault),
  ))
    process.stdout.write(
      `${what}, ${resources} resources: ${Math.round(resourcesPerSecond)}/s, ${ratio.toFixed(2)} times the statement by hand\n`,
    )
}
