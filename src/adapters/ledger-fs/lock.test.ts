import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openFolderLedgerStore } from './folder-ledger-store.ts'
import { folderReader } from './folder-reader.ts'

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-ledger-lock-'))
  try {
    await test(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'])
  await new Promise((resolve) => child.on('exit', resolve))
  return child.pid!
}

function writeLock(folder: string, fence: number, holder: object): Promise<void> {
  const document = { format: 'openfdp/ledger-lock', version: 1, host: hostname(), pid: null, started: null, ...holder }
  return writeFile(join(folder, `lock.${fence}`), JSON.stringify(document))
}

describe('the writer`s lock', () => {
  it('refuses while a living process holds it', () =>
    inFolder(async (folder) => {
      const store = await openFolderLedgerStore(folder)
      await assert.rejects(openFolderLedgerStore(folder), { code: 'FDP_LEDGER_LOCKED', params: { pid: process.pid } })
      await store.close()
      await (await openFolderLedgerStore(folder)).close()
    }))

  it('refuses while it is held on another machine, and names the file', () =>
    inFolder(async (folder) => {
      await writeLock(folder, 4, { host: 'elsewhere', pid: 1 })
      const params = { host: 'elsewhere', file: 'lock.4' }
      await assert.rejects(openFolderLedgerStore(folder), { code: 'FDP_LEDGER_LOCKED_ELSEWHERE', params })
    }))

  it('supersedes the lock of a dead process, and of another process under a reused pid', () =>
    inFolder(async (folder) => {
      await writeLock(folder, 7, { pid: await deadPid() })
      const store = await openFolderLedgerStore(folder)
      assert.equal(store.fence, 8)
      await store.close()
      if (process.platform !== 'linux') return
      await writeLock(folder, 9, { pid: process.pid, started: '1' })
      const next = await openFolderLedgerStore(folder)
      assert.equal(next.fence, 10)
      await next.close()
    }))

  it('goes to exactly one of many that find it stale at once', () =>
    inFolder(async (folder) => {
      await writeLock(folder, 1, { pid: await deadPid() })
      const tries = await Promise.allSettled(Array.from({ length: 20 }, () => openFolderLedgerStore(folder)))
      const won = tries.filter((result) => result.status === 'fulfilled')
      assert.equal(won.length, 1)
      for (const result of tries) {
        if (result.status === 'rejected') assert.equal(result.reason.code, 'FDP_LEDGER_LOCKED')
      }
      assert.deepEqual(await readdir(folder), ['lock.2'])
      await won[0]!.value.close()
    }))

  it('sweeps unfinished files, which no reader lists', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'checkpoint.tmp'), 'half')
      await writeFile(join(folder, 'checkpoint'), 'whole')
      assert.deepEqual(await folderReader(folder).list(), ['checkpoint'])
      await (await openFolderLedgerStore(folder)).close()
      assert.deepEqual((await readdir(folder)).toSorted(), ['checkpoint', 'lock.1'])
      assert.equal(JSON.parse(await readFile(join(folder, 'lock.1'), 'utf8')).pid, null)
    }))

  it('rejects an append that the disk refuses', () =>
    inFolder(async (folder) => {
      const store = await openFolderLedgerStore(folder)
      await chmod(folder, 0o500)
      const isRoot = process.getuid?.() === 0
      if (!isRoot) await assert.rejects(store.append('journal/0000', Buffer.from('x')))
      await chmod(folder, 0o700)
      await writeFile(join(folder, 'journal'), 'a file where a folder should be')
      await assert.rejects(store.append('journal/0000', Buffer.from('x')))
      await store.close()
    }))
})
