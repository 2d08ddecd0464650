import { type DateOnly, ident, type Sql, sql } from '#kernel'
import type { Engine, Source } from '#ports'
import { syntheticErrors } from './errors.ts'
import { linesSource } from './lines-source.ts'
import { nhsNumbersSql } from './nhs-numbers.ts'

/** What a published return is expanded from, all in one engine. */
export interface EnglandInput {
  readonly engine: Engine
  /** Table in RttReturn's shape: providerCode, commissionerCode, partCode, treatmentFunctionCode, bandLowerWeeks, pathways. */
  readonly cells: string
  /** Table of `functionCode` (NHS Data Dictionary) and `groupCode` (as published) in force at the period's end. */
  readonly groups: string
  /** Last day of the period, on which the waiting list is counted. */
  readonly periodEnd: DateOnly
  readonly seed: string
  /** Leaves one pathway out of the file, by its number from 0: a comparison must notice. */
  readonly leaveOut?: number
}

export interface England {
  readonly pathways: number
  readonly patients: number
  readonly decidedToAdmit: number
  /** Bands whose published Part 2A exceeds Part 2, so that no subset can equal it. */
  readonly impossible: readonly {
    provider: string
    commissioner: string
    group: string
    band: number
    excess: number
  }[]
  readonly patientSource: Source
  readonly rttPeriodSource: Source
}

/** Every seventh pathway is a second one of the patient before: about 14 % of people wait for two things. */
const pathwaysBetweenRepeats = 7
const linesPerBlock = 8_192
const tables = { cells: 'england_cells', pathways: 'england_pathways', patients: 'england_patients' } as const

/**
 * Expands Part 2 of a published return into one row a pathway, and the people who wait, so that counting them again
 * gives Part 2 back cell by cell. The same file and seed give the same bytes.
 */
export async function expandEngland(input: EnglandInput): Promise<England> {
  const { engine } = input
  await engine.execute(cellsSql(input))
  const [orphans] = await engine.rows(sql`SELECT count(*) AS n FROM ${ident(tables.cells)} WHERE functions IS NULL`)
  if (Number(orphans?.n) > 0) throw syntheticErrors('FDP_SYNTHETIC_NO_GROUP', { cells: Number(orphans?.n) })
  await engine.execute(pathwaysSql(input))
  const [size] = await engine.rows(
    sql`SELECT count(*) AS pathways, max(patient) + 1 AS patients, count(*) FILTER (decided) AS decided FROM ${ident(tables.pathways)}`,
  )
  const patients = Number(size?.patients ?? 0)
  await engine.execute(sql`CREATE OR REPLACE TABLE ${ident(tables.patients)} AS FROM ${nhsNumbersSql(patients)}`)
  return {
    pathways: Number(size?.pathways ?? 0),
    patients,
    decidedToAdmit: Number(size?.decided ?? 0),
    impossible: await impossibleBands(input),
    patientSource: linesSource('synthetic-england-patients.csv', engine, patientHeader, patientLines(input)),
    rttPeriodSource: linesSource('synthetic-england-rtt-periods.csv', engine, rttPeriodHeader, rttPeriodLines(input)),
  }
}

/** One row a cell of Part 2 with the members of its published group and how many were decided to admit. */
function cellsSql({ cells, groups }: EnglandInput): Sql {
  const key = sql`"providerCode", "commissionerCode", "treatmentFunctionCode", "bandLowerWeeks"`
  // Whoever made the table may have used the smallest type that holds 104.
  const typed = sql`"providerCode", "commissionerCode", "treatmentFunctionCode", CAST("bandLowerWeeks" AS INTEGER) AS "bandLowerWeeks"`
  return sql`CREATE OR REPLACE TABLE ${ident(tables.cells)} AS
    WITH waiting AS (SELECT ${typed}, CAST(pathways AS BIGINT) AS pathways FROM ${ident(cells)} WHERE "partCode" = 'Part_2' AND "bandLowerWeeks" IS NOT NULL),
    decided AS (SELECT ${typed}, CAST(pathways AS BIGINT) AS pathways FROM ${ident(cells)} WHERE "partCode" = 'Part_2A' AND "bandLowerWeeks" IS NOT NULL),
    members AS (SELECT "groupCode", list("functionCode" ORDER BY "functionCode") AS functions FROM ${ident(groups)} GROUP BY 1)
    SELECT waiting.*, least(waiting.pathways, coalesce(decided.pathways, 0)) AS decided, members.functions,
      CAST(sum(waiting.pathways) OVER (ORDER BY ${key}) - waiting.pathways AS BIGINT) AS first
    FROM waiting
    LEFT JOIN decided USING ("providerCode", "commissionerCode", "treatmentFunctionCode", "bandLowerWeeks")
    LEFT JOIN members ON members."groupCode" = waiting."treatmentFunctionCode"`
}

/** One row a pathway: which patient, since when, and whether the decision to admit has been made. */
function pathwaysSql({ periodEnd, seed }: EnglandInput): Sql {
  // Band n holds days 7n+1 to 7n+7, the first one day more, the last everything from 729 (DOMAIN section 1.5).
  return sql`CREATE OR REPLACE TABLE ${ident(tables.pathways)} AS
    WITH expanded AS (
      SELECT "providerCode", "commissionerCode", "bandLowerWeeks" AS band, functions, decided, unnest(range(pathways)) AS i, first
      FROM ${ident(tables.cells)}
    ), drawn AS (
      SELECT *, CAST(first + i AS BIGINT) AS n, hash(${seed}, CAST(first + i AS BIGINT)) AS chance FROM expanded
    )
    SELECT n, n - n // ${pathwaysBetweenRepeats} - CASE WHEN n % ${pathwaysBetweenRepeats} = ${pathwaysBetweenRepeats - 1} THEN 1 ELSE 0 END AS patient,
      "providerCode", "commissionerCode", functions[1 + CAST(chance % len(functions) AS INTEGER)] AS function,
      CAST(${periodEnd} AS DATE) - CAST(CASE band
        WHEN 0 THEN (chance >> 8) % 8
        WHEN 104 THEN 729 + (chance >> 8) % 200
        ELSE 7 * band + 1 + (chance >> 8) % 7 END AS INTEGER) AS start,
      i < decided AS decided
    FROM drawn`
}

async function impossibleBands({ engine, cells }: EnglandInput): Promise<England['impossible']> {
  const rows = await engine.rows(sql`
    WITH part AS (
      SELECT "providerCode" AS provider, "commissionerCode" AS commissioner, "treatmentFunctionCode" AS group_code, "bandLowerWeeks" AS band,
        coalesce(sum(pathways) FILTER ("partCode" = 'Part_2'), 0) AS waiting,
        coalesce(sum(pathways) FILTER ("partCode" = 'Part_2A'), 0) AS decided
      FROM ${ident(cells)} WHERE "bandLowerWeeks" IS NOT NULL GROUP BY ALL
    ) SELECT * FROM part WHERE decided > waiting ORDER BY ALL`)
  return rows.map((row) => ({
    provider: String(row.provider),
    commissioner: String(row.commissioner),
    group: String(row.group_code),
    band: Number(row.band),
    excess: Number(row.decided) - Number(row.waiting),
  }))
}

const patientHeader = ['personId', 'nhsNumber', 'nhsNumberStatusIndicatorCode', 'dateOfBirth', 'sex']

function patientLines({ seed }: EnglandInput): Sql {
  return blocksOf(
    sql`concat('P', n, ',', nhs_number, ',01,', CAST(DATE '1930-01-01' + CAST(hash(${seed}, 'birth', n) % 33000 AS INTEGER) AS VARCHAR), ',',
      CASE hash(${seed}, 'sex', n) % 2 WHEN 0 THEN 'Female' ELSE 'Male' END)`,
    sql`${ident(tables.patients)}`,
  )
}

const rttPeriodHeader = [
  'rttPeriodId',
  'patientId',
  'providerCode',
  'commissionerCode',
  'treatmentFunctionCode',
  'clockStartDate',
  'statusCode',
  'decisionToAdmitDate',
]

function rttPeriodLines({ periodEnd, seed, leaveOut = -1 }: EnglandInput): Sql {
  return blocksOf(
    sql`concat('R', n, ',P', patient, ',', "providerCode", ',', "commissionerCode", ',', function, ',', CAST(start AS VARCHAR), ',20,',
      CASE WHEN decided THEN CAST(start + CAST(hash(${seed}, 'decided', n) % (date_diff('day', start, CAST(${periodEnd} AS DATE)) + 1) AS INTEGER) AS VARCHAR) ELSE '' END)`,
    sql`${ident(tables.pathways)} WHERE n <> ${leaveOut}`,
  )
}

/** Lines gathered into blocks, so that what crosses into JavaScript is thousands of values, not millions. */
function blocksOf(line: Sql, from: Sql): Sql {
  return sql`SELECT string_agg(line, '' ORDER BY n) FROM (SELECT n, n // ${linesPerBlock} AS block, concat(${line}, chr(10)) AS line FROM ${from})
    GROUP BY block ORDER BY block`
}
