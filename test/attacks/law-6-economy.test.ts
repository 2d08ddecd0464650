/*
 * Law 6, on the program as it is started: a day of the synthetic economy, then commands on it, with known people of its
 * files as canaries: in every byte under FDP_HOME during and after, and in all that is printed.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { dateOf, systemClock } from '#kernel'
import { codes, trustFiles } from '#synthetic'
import { type CanaryHit, findCanaries } from '../canary.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** Every so many values of a kind are searched for; all of them would take longer than the day. */
const sampled = process.env.FDP_TEST_FULL ? 20 : 300

const betweenLooksMs = 700

/** Numbers, names, telephone numbers and record ids that the two trusts export on this day. */
async function canariesOf(day: string): Promise<string[]> {
  const found = new Set<string>()
  for (const [i, provider] of [codes.alder, codes.brook].entries()) {
    const files = trustFiles({
      ...{ seed: `economy/${day}`, provider, today: day as never, firstNumber: i * 500, patients: i === 0 ? 600 : 400 },
      ...{ commissioners: [codes.icb, codes.icb, codes.otherCommissioner], mistakes: i === 0 },
      style: i === 0 ? { delimiter: ',', encoding: 'utf8', bom: true } : { delimiter: ';', encoding: 'latin1' },
    })
    for (const { source } of files) {
      let text = ''
      for await (const bytes of source.open()) text += Buffer.from(bytes).toString(i === 0 ? 'utf8' : 'latin1')
      const kinds = [
        /\b9\d{9}\b/g,
        /RZ\d-P\d{5}/g,
        /(?:PW|RP)-RZ\d-\d{5}/g,
        /07700 9\d{5}/g,
        /[^,;"\n]+ [^,;"\n]+(?=[,;]9\d{9})/g,
      ]
      for (const kind of kinds) {
        const values = [...new Set(text.match(kind) ?? [])].filter(
          (value) => value.length >= 8 && value !== '9999999999',
        )
        for (let at = 0; at < values.length; at += sampled) found.add(values[at]!)
      }
    }
  }
  return [...found]
}

async function run(home: string, args: readonly string[], during: () => Promise<void> = async () => {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { ...process.env, FDP_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      text += piece.toString('utf8')
    })
  }
  let isOver = false
  const ended = new Promise<number | null>((done) =>
    child.once('close', (code) => {
      isOver = true
      done(code)
    }),
  )
  while (!isOver) {
    await during()
    await Promise.race([ended, new Promise((done) => setTimeout(done, betweenLooksMs))])
  }
  return { code: await ended, text }
}

test('a day of the economy leaves no known person in any byte, nor on the screen', async () => {
  const home = await mkdtemp(join(tmpdir(), 'openfdp-economy-'))
  try {
    const days = [dateOf(systemClock.now())]
    const canaries = await canariesOf(days[0]!)
    assert.ok(canaries.length > 20, `${canaries.length} canaries`)
    const hits: CanaryHit[] = []
    let looks = 0
    const day = await run(home, ['start', '--once'], async () => {
      looks += 1
      hits.push(...(await findCanaries(home, canaries)))
    })
    assert.equal(day.code, 0, day.text)
    hits.push(...(await findCanaries(home, canaries)))
    assert.deepEqual(hits, [])
    assert.ok(looks > 2)
    const [number] = canaries
    const as = (who: string, purpose: string) => ['--tenant', 'alder-vale', '--as', who, '--purpose', purpose]
    const analyst = [...as('anil.rao@alder-vale.example', 'elective-planning'), '--because', 'a look']
    const commands = [
      ['object', 'read', 'Patient', '--columns', 'surname', '--where', `nhsNumber=${number}`, ...analyst],
      ['object', 'read', number!, ...analyst],
      ...(process.env.FDP_TEST_FULL ? [['access', 'list'], ['ledger', 'verify'], ['doctor']] : []),
    ]
    const printed = [day.text]
    for (const command of commands) printed.push((await run(home, command)).text)
    // The first canary was typed by the person at the keyboard: only that it is not echoed back is asked of it.
    for (const text of printed)
      for (const canary of canaries) assert.ok(!text.includes(canary), `${canary} was printed`)
    // Whoever may read it gets it: the canaries are in there.
    const validator = as('vera.blake@alder-vale.example', 'waiting-list-validation')
    const read = await run(home, [
      'object',
      'read',
      'Patient',
      '--columns',
      'nhsNumber,surname',
      '--where',
      `nhsNumber=${number}`,
      ...validator,
    ])
    assert.ok(read.text.includes(number!), read.text)
    assert.deepEqual(await findCanaries(home, canaries), [])
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
