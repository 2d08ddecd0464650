/**
 * Writes the contract files and docs/reference/cdm.md from the published canonical data model.
 *
 *   node tools/import-cdm/main.ts <folder with the published files> [<project folder>]
 *
 * Facts only (names, types, keys, links, nullability, value sets, severity); the same input gives the same bytes.
 * Sensitivity is kept by hand in src/contracts/sensitivity and never written here.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { joinSources } from './contract.ts'
import { readOpenApi } from './open-api.ts'
import { formatReferencePage } from './reference-page.ts'
import { readSpecification } from './specification.ts'
import { formatContract, formatDocument } from './write.ts'

const [, , source, project = fileURLToPath(new URL('../..', import.meta.url))] = process.argv
if (source === undefined) {
  console.error('which folder holds the published files? type `node tools/import-cdm/main.ts <folder>`')
  process.exit(2)
}

const specification = readSpecification(readFileSync(`${source}/data-spec.txt`, 'utf8'))
const api = readOpenApi(readFileSync(`${source}/canonical-data-model-openapi.yaml`, 'utf8'))
const types = joinSources(api, specification)

const folder = `${project}/src/contracts/cdm`
mkdirSync(folder, { recursive: true })
for (const type of types) writeFileSync(`${folder}/${type.name}.json`, formatContract(type))
const head = {
  format: 'openfdp/contract-index',
  version: 1,
  model: 'NHS Federated Data Platform canonical data model',
  modelVersion: '146',
  licence: 'Open Government Licence v3.0',
  attribution: 'Contains public sector information licensed under the Open Government Licence v3.0.',
}
writeFileSync(`${folder}/index.json`, formatDocument(head, [['types', types.map((type) => type.name)]]))
mkdirSync(`${project}/docs/reference`, { recursive: true })
writeFileSync(`${project}/docs/reference/cdm.md`, formatReferencePage(types, api, specification))
console.error(`${types.length} object types, ${types.reduce((n, type) => n + type.properties.length, 0)} properties`)
