import { fold } from '#contracts'
import { ident, type Sql, sql } from '#kernel'
import { fail } from '../errors.ts'

/** Bands beyond this are no layout that was ever published. */
const bandsMax = 200

export interface OfficialBand {
  readonly lowerWeeks: number
  readonly header: string
}

/** Where a month's file keeps what: bands are found by name, since files before April 2021 end at "Gt 52". */
export interface OfficialLayout {
  readonly bands: readonly OfficialBand[]
  /** Lower bound of the open band: 104, or 52 in older files. */
  readonly openFromWeeks: number
  /** Quoted column, or null text where an older file lacks it. */
  readonly column: (name: OfficialColumn) => Sql
}

const columns = {
  period: 'Period',
  providerParentCode: 'Provider Parent Org Code',
  providerParentName: 'Provider Parent Name',
  providerCode: 'Provider Org Code',
  providerName: 'Provider Org Name',
  commissionerParentCode: 'Commissioner Parent Org Code',
  commissionerParentName: 'Commissioner Parent Name',
  commissionerCode: 'Commissioner Org Code',
  commissionerName: 'Commissioner Org Name',
  partCode: 'RTT Part Type',
  treatmentFunctionCode: 'Treatment Function Code',
  total: 'Total',
  unknownStart: 'Patients with unknown clock start date',
  totalAll: 'Total All',
} as const

export type OfficialColumn = keyof typeof columns

/** What the published file calls it. */
export function publishedName(column: OfficialColumn): string {
  return columns[column]
}

/** Lower bounds of the open band in the layouts that were published: until March 2021, and since. */
export const publishedLayouts = [52, 104] as const

/** The header as published, for a layout that ends at `openFromWeeks`. */
export function publishedHeader(openFromWeeks: number): string[] {
  const two = (weeks: number) => String(weeks).padStart(2, '0')
  const closed = Array.from(
    { length: openFromWeeks },
    (_, weeks) => `Gt ${two(weeks)} To ${two(weeks + 1)} Weeks SUM 1`,
  )
  const { total, unknownStart, totalAll, partCode, treatmentFunctionCode, ...organisations } = columns
  return [
    ...Object.values(organisations),
    partCode,
    'RTT Part Description',
    treatmentFunctionCode,
    'Treatment Function Name',
    ...closed,
    `Gt ${openFromWeeks} Weeks SUM 1`,
    total,
    unknownStart,
    totalAll,
  ]
}

const optional: readonly OfficialColumn[] = [
  'providerParentCode',
  'providerParentName',
  'providerName',
  'commissionerParentCode',
  'commissionerParentName',
  'commissionerName',
]

/**
 * Reads the header of the published "Full CSV data file" (DOMAIN 1.6). Throws FDP_METRICS_NOT_AN_RTT_FILE if a needed
 * column is missing, or if the bands do not run from 0 without a gap to one open band.
 */
export function officialLayout(header: readonly string[], name = 'the file'): OfficialLayout {
  const byFold = new Map(header.map((given) => [fold(given), given]))
  const found = new Map<OfficialColumn, string>()
  for (const [key, published] of Object.entries(columns) as [OfficialColumn, string][]) {
    const given = byFold.get(fold(published))
    if (given !== undefined) found.set(key, given)
    else if (!optional.includes(key)) throw notOfficial(name, `it has no column \`${published}\``)
  }
  const closed = bandsOf(header, /^gt\s*(\d{1,3})\s*to\s*\d{1,3}\s*weeks\b/i)
  const open = bandsOf(header, /^gt\s*(\d{1,3})\s*weeks\b/i)
  const bands = [...closed, ...open].sort((a, b) => a.lowerWeeks - b.lowerWeeks)
  const contiguous = bands.every((band, i) => band.lowerWeeks === i)
  if (open.length !== 1 || !contiguous || bands.at(-1) !== open[0] || bands.length > bandsMax) {
    throw notOfficial(name, 'its week bands do not run from 0 to one open band')
  }
  return {
    bands,
    openFromWeeks: bands.length - 1,
    column: (key) => {
      const given = found.get(key)
      return given === undefined ? sql`cast(null as varchar)` : sql`nullif(trim(${ident(given)}), '')`
    },
  }
}

function bandsOf(header: readonly string[], pattern: RegExp): OfficialBand[] {
  return header.flatMap((given) => {
    const match = pattern.exec(given.trim())
    return match ? [{ lowerWeeks: Number(match[1]), header: given }] : []
  })
}

function notOfficial(name: string, problem: string) {
  return fail('FDP_METRICS_NOT_AN_RTT_FILE', { name, problem })
}
