/**
 * Child of storage-kill.test.ts: publishes to a lake and a vault without end, one line on standard output for each thing
 * that was acknowledged. Arguments: folder, Parquet file to publish.
 */
import { copyFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openLakeFs } from '#adapters/lake-fs'
import { openVaultFs } from '#adapters/vault-fs'
import { type EntryIndex, systemClock, systemRandom } from '#kernel'
import { memoryKeys } from '../memory-keys.ts'

const [folder = '', parquet = ''] = process.argv.slice(2)
const keys = memoryKeys('rj1', 'kill')
const clock = systemClock
const lake = await openLakeFs({ root: join(folder, 'lake'), clock })
const vault = await openVaultFs({ root: join(folder, 'vault'), keys, clock, random: systemRandom })

const roundsMax = 10_000
for (let round = 0; round < roundsMax; round++) {
  const staged = await lake.stage('RttPeriod', 'RJ1')
  copyFileSync(parquet, join(staged.folder, '0.parquet'))
  const care = await lake.seal({
    object: 'RttPeriod',
    controller: 'RJ1',
    asAt: '2026-01-31',
    staged,
    rows: 7,
    keep: [],
  })
  const segment = await vault.write({
    table: 'identity',
    controller: 'RJ1',
    columns: [
      { name: '_key', type: 'int64' },
      { name: 'nhsNumber', type: 'text' },
    ],
    blocks: (async function* () {
      for (let block = 0; block < 3; block++) yield { rows: 2, columns: ['["1","2"]', '["9990001234","9990001242"]'] }
    })(),
  })
  const identity = await vault.seal([segment])
  const entry = Number(process.pid) * roundsMax + round
  await using _lake = await lake.lease(care.manifestSha256, entry as EntryIndex)
  await using _vault = await vault.lease(identity.manifestSha256, entry as EntryIndex)
  writeSync(1, `${JSON.stringify({ lake: care.manifestSha256, vault: identity.manifestSha256, entry })}\n`)
}
