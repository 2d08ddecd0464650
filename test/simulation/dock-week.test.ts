/*
 * A week of deliveries with an outage, a duplicate, a corrected file, other columns and a crash in the middle of a load
 * ends with the same lake as an undisturbed one, and what was told of it on the way is the story.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { agendaOf, DropWatch, dockLog, healthLog, runDock } from '#docks'
import { type Instant, manualClock } from '#kernel'
import { Connections, dockDeps, dockOf, lookAtHealth } from '#node'
import { questionOf } from '#ontology'
import { csvSource } from '#synthetic'
import { ask, manager, openWorld, validation, validator, type World } from '../world.ts'
import type { Row } from '../world-rows.ts'

const child = fileURLToPath(new URL('./dock-week-child.ts', import.meta.url))
/** In the full run: src/docks/docks.test.ts has such a week, without the crash, every day. */
const steps = process.env.FDP_TEST_FULL === '1' ? ['land', 'check', 'identify', 'split', 'seal', 'publish'] : []
const patients = 40

/** A trust with a dock, whose node may end and begin again. */
class Trust {
  world: World
  readonly clock: ReturnType<typeof manualClock>
  readonly #first: World

  private constructor(world: World, clock: ReturnType<typeof manualClock>) {
    this.world = world
    this.clock = clock
    this.#first = world
  }

  static async open(): Promise<Trust> {
    const clock = manualClock('2026-06-01T09:00:00Z')
    const trust = new Trust(await openWorld({ patients, empty: true, adapters: { clock } }), clock)
    const { folder, profile } = trust.world.tenant()
    await mkdir(trust.drop)
    await mkdir(join(folder, 'docks'))
    const dock = [
      ...['object: Patient', `controller: ${profile.controller}`, `by: ${manager}`, 'purpose: data-intake'],
      ...[`drop: ${trust.drop}`, 'files: "{date}.csv"', 'dueBy: "11:00"', 'since: "2026-06-01"'],
    ]
    await writeFile(join(folder, 'docks', 'patients.yaml'), dock.join('\n'))
    return trust
  }

  get drop(): string {
    return join(this.#first.home, 'drop')
  }

  /** The file of a day, as it was written in the night after it, or at a later moment. */
  async put(day: number, rows: readonly Row[], moment = `2026-06-0${day + 1}T01:00:00Z`): Promise<void> {
    const chunks: Uint8Array[] = []
    const source = csvSource('x.csv', rows, { delimiter: ',', encoding: 'utf8' })
    for await (const chunk of source.open()) chunks.push(chunk)
    const path = join(this.drop, `2026-06-0${day}.csv`)
    await writeFile(path, Buffer.concat(chunks))
    await utimes(path, new Date(moment), new Date(moment))
  }

  /** What a look at a moment does, and whether all is well then. */
  async look(moment: string): Promise<readonly string[]> {
    this.clock.set(moment)
    const tenant = this.world.tenant()
    const connections = new Connections(tenant.folder, this.world.node.adapters.connections)
    const deps = dockDeps(this.world.node, tenant, new DropWatch(true), connections)
    const flows = { ...deps.flows, clock: this.clock }
    const done = await runDock(dockOf(tenant, 'patients'), { ...deps, flows })
    await lookAtHealth({ ...tenant, flows }, connections)
    return done.map(({ day, what, code }) => `${day.slice(8)} ${code ?? what}`)
  }

  /** A node that is killed in the middle of taking a file in; another one begins. */
  async crash(moment: string, step: string): Promise<void> {
    await this.world.node.close()
    this.clock.set(moment)
    const running = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', child, this.#first.home, moment, step],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
    assert.equal(await new Promise((done) => running.once('close', (_, signal) => done(signal))), 'SIGKILL', step)
    this.world = await openWorld({ home: this.#first.home, patients, adapters: { clock: this.clock } })
  }

  async lake(): Promise<unknown> {
    await using session = await this.world.session(validator, validation)
    const { columns } = await session.describe('Patient')
    const select = columns.map(({ name }) => name)
    const rows = await ask(session, questionOf({ object: 'Patient', select, limit: 1_000 }))
    const publications = this.world.tenant().governance.catalogue().publications()
    return [
      publications.map(({ object, controller, asAt, rows: counts }) => ({ object, controller, asAt, counts })),
      rows.map((row) => JSON.stringify(row)).sort(),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world.node.close()
    await this.#first[Symbol.asyncDispose]()
    await rm(this.#first.home, { recursive: true, force: true })
  }
}

for (const step of steps) {
  test(`a disturbed week ends as an undisturbed one; killed at: ${step}`, async () => {
    await using quiet = await Trust.open()
    await using rough = await Trust.open()
    const of = (day: number) => quiet.world.rows().Patient.slice(0, 30 + day)
    const morning = (day: number) => `2026-06-0${day + 1}T02:00:00Z`
    for (let day = 1; day <= 7; day++) {
      await quiet.put(day, of(day))
      assert.deepEqual(await quiet.look(morning(day)), [`0${day} published`])
    }
    for (const day of [1, 2, 3]) {
      await rough.put(day, of(day))
      assert.deepEqual(await rough.look(morning(day)), [`0${day} published`])
    }
    // The fourth: yesterday's file once more by mistake, under the new name; the right one comes after the deadline.
    await rough.put(4, of(3))
    assert.deepEqual(await rough.look(morning(4)), ['04 published'])
    await rough.put(4, of(4), '2026-06-05T11:00:00Z')
    assert.deepEqual(await rough.look('2026-06-05T12:00:00Z'), ['04 published'])
    // The fifth: nothing by the deadline. It is told.
    assert.deepEqual(await rough.look('2026-06-06T12:00:00Z'), ['05 overdue'])
    // The sixth: both days are there, the sixth with a column more, and the node is killed with the first half in.
    await rough.put(5, of(5))
    await rough.put(
      6,
      of(6).map((row) => ({ ...row, shoeSize: '7' })),
    )
    await rough.crash(morning(6), step)
    const caughtUp = await rough.look(morning(6))
    assert.deepEqual(caughtUp, ['05 published', '06 published'])
    // The seventh: columns as ever.
    await rough.put(7, of(7))
    assert.deepEqual(await rough.look(morning(7)), ['07 published'])
    assert.deepEqual(await rough.look('2026-06-08T12:00:00Z'), [])
    assert.deepEqual(await rough.lake(), await quiet.lake())

    const { ledger } = rough.world.tenant()
    const agenda = agendaOf(
      dockOf(rough.world.tenant(), 'patients'),
      await dockLog(ledger),
      '2026-06-08T12:00:00Z' as Instant,
    )
    assert.deepEqual(
      agenda.map(({ state, corrections }) => `${state} ${corrections}`),
      ['published 0', 'published 0', 'published 0', 'published 1', 'late 0', 'published 0', 'published 0'],
    )
    const told = (await healthLog(ledger)).changes.map(({ at, sign, grade }) => `${at.slice(8, 10)} ${sign} ${grade}`)
    assert.deepEqual(told, [
      '06 freshness act',
      '06 completeness watch',
      '07 freshness good',
      '07 completeness good',
      // On the last day the columns are others than the day before, once more.
      '07 schema watch',
    ])
    assert.deepEqual((await healthLog(quiet.world.tenant().ledger)).changes, [])
  })
}
