import { openFolderLedgerStore } from '#adapters/ledger-fs'
import { systemClock, systemRandom } from '#kernel'
import { openLedger } from '#ledger'
import { memoryKeys } from '../memory-keys.ts'
import { exampleEntry, origin } from './ledger-fixture.ts'

/** Appends for ever and says each acknowledged index on its standard output, until it is killed. */
const ledger = await openLedger({
  store: await openFolderLedgerStore(process.argv[2]!),
  keys: memoryKeys('rj1', 'ledger-attacks'),
  clock: systemClock,
  random: systemRandom,
  origin,
})

async function appendForEver(): Promise<void> {
  for (;;) {
    const { index } = await ledger.append(exampleEntry(0))
    process.stdout.write(`${index}\n`)
    if (index % 97 === 5) {
      await ledger.eraseDetail(index, 'asked for')
      process.stdout.write(`${index} erased\n`)
    } else if (index % 61 === 7) {
      await ledger.settle()
    }
  }
}

await Promise.all(Array.from({ length: 16 }, appendForEver))
