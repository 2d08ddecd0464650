import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { adapters } from '../../src/adapters.ts'
import { cdsInterchange, xmlText } from '../cds-file.ts'
import { handParquet, plainTexts } from '../parquet-file.ts'
import { xlsxFile } from '../xlsx-file.ts'
import { zipFile } from '../zip-file.ts'
import { anyTabularReaderContract, type FormatSample } from './any-tabular-reader.ts'

const csv = (values: readonly string[]) =>
  Buffer.from(`value,other\n${values.map((value) => `"${value.replaceAll('"', '""')}",x\n`).join('')}`)
const resource = (value: string) => `{"resourceType": "Patient", "n": 1.10, "value": ${JSON.stringify(value)}}`
const pair = (value: string) => ({ value, other: 'x' })

const samples: Record<string, FormatSample> = {
  csv: { file: csv, rowOf: pair, streams: true, knowsItsEnd: false },
  'fhir-ndjson': {
    file: (values) => Buffer.from(values.map((value) => `${resource(value)}\n`).join('')),
    rowOf: (value) => ({ resource: resource(value) }),
    streams: true,
    knowsItsEnd: false,
  },
  'fhir-bundle': {
    file: (values) =>
      Buffer.from(
        `{"resourceType":"Bundle","type":"collection","entry":[${values
          .map((value) => `{"fullUrl":"urn:x","resource":${resource(value)}}`)
          .join(',\n')}]}`,
      ),
    rowOf: (value) => ({ resource: resource(value) }),
    streams: true,
    knowsItsEnd: true,
  },
  'cds-xml': {
    file: (values) =>
      cdsInterchange(
        values.map((value) => `<m CDSTypeCode="130"><value>${xmlText(value)}</value><other>x</other></m>`),
      ),
    rowOf: (value) => ({ CDSTypeCode: '130', ...pair(value) }),
    streams: false,
    knowsItsEnd: true,
  },
  parquet: {
    file: (values) =>
      handParquet(
        [
          { name: 'value', page: plainTexts(values) },
          { name: 'other', page: plainTexts(values.map(() => 'x')) },
        ],
        values.length,
      ),
    rowOf: pair,
    streams: false,
    knowsItsEnd: true,
  },
  xlsx: {
    file: (values) => xlsxFile({ sheets: { Sheet1: [['value', 'other'], ...values.map((value) => [value, 'x'])] } }),
    rowOf: pair,
    streams: false,
    knowsItsEnd: true,
  },
  zip: {
    file: (values) => zipFile([{ name: 'rows.csv', content: csv(values) }]),
    rowOf: pair,
    streams: false,
    knowsItsEnd: true,
  },
}

/** A file is one resource: there are no rows to put something between. */
const ofOneRow = 'fhir-resource'

for (const [format, reader] of Object.entries(adapters.readers)) {
  if (format === ofOneRow) continue
  const sample = samples[format]
  if (!sample) throw new Error(`the format ${format} has no sample to hold its reader against`)
  anyTabularReaderContract(format, reader, openDuckdbEngine, sample)
}
