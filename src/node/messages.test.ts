import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { findCanaries } from '../../test/canary.ts'
import { runOn } from '../../test/command-line.ts'
import { adt, senderTo } from '../../test/message-dock.ts'
import { selfSigned } from '../../test/self-signed.ts'
import { manager, openWorld, validator } from '../../test/world.ts'
import { landedAt, messageDockOf, readMessageDocks, tendMessages } from './messages.ts'

const surname = 'Canary-Surname'

test('a node that serves listens at every message dock, and makes rows; one that is wrong keeps none of the others waiting', async (t) => {
  await using world = await openWorld({ empty: true })
  const tenant = world.tenant()
  const { folder, profile, ledger } = tenant
  await mkdir(join(folder, 'messages'))
  const [key, cert] = [join(world.home, 'mllp.key'), join(world.home, 'mllp.crt')]
  const pair = selfSigned('mllp')
  await writeFile(key, pair.key)
  await writeFile(cert, pair.cert)
  const dock = (more: string) =>
    [
      ...['port: 0', `senders: ["PAS|${profile.controller}"]`, `controller: ${profile.controller}`],
      ...[`by: ${manager}`, 'purpose: data-intake', more],
    ].join('\n')
  await writeFile(join(folder, 'messages', 'a-wrong.yaml'), 'secret')
  await writeFile(join(folder, 'messages', 'wrong-map.yaml'), dock('maps: [own.json]'))
  await writeFile(join(folder, 'messages', 'own.json'), '{"format":"openfdp/message-map","version":1,"secret":1}')
  await writeFile(join(folder, 'messages', 'b-gone.yaml'), dock('tlsKey: /nowhere.key\ntlsCert: /nowhere.crt'))
  await writeFile(join(folder, 'messages', 'pas.yaml'), dock(`maps: [Patient]\ntlsKey: ${key}\ntlsCert: ${cert}`))
  assert.equal(readMessageDocks(tenant).length, 4)
  assert.throws(() => messageDockOf(tenant, 'a-wrong'), { code: 'FDP_MESSAGES_DECLARATION' })
  assert.throws(() => messageDockOf(tenant, 'wrong-map'), { code: 'FDP_MESSAGES_MAP' })
  assert.throws(() => messageDockOf(tenant, 'nowhere'), { code: 'FDP_MESSAGES_UNKNOWN' })

  // What had landed before becomes rows with the first look.
  const before = await landedAt(world.node, tenant, 'pas')
  const sender = `PAS|${profile.controller}`
  const told = { event: 'A28', at: '20260131090000', name: surname, visit: '', sender }
  await before.store(adt({ ...told, number: 'A1' }), 'ADT^A28', null)
  const said: unknown[] = []
  const log = (line: unknown) => void said.push(line)
  const messages = tendMessages(world.node, { info: log, warn: log, error: log } as never)
  t.after(() => messages.close())
  const types = async () => {
    const found: string[] = []
    for await (const { type } of ledger.entries()) if (type.startsWith('message.')) found.push(type)
    return found
  }
  while (!(await types()).includes('message.submitted')) await wait(50)
  const port = messages.listening(profile.id, 'pas')
  assert.equal(messages.listening(profile.id, 'b-gone'), null)
  await using link = senderTo(port!, { ca: pair.cert })
  await link.send(adt({ ...told, number: 'A2' }))
  // In version 2.4 an answer does not say that it is final.
  await assert.rejects(link.send(adt({ ...told, event: 'A14' })), { code: 'FDP_MLLP_UNANSWERED' })

  const dot = ['--tenant', profile.id, '--as', manager, '--purpose', 'data-intake']
  const run = (...argv: string[]) => runOn(world, ['messages', ...argv])
  const listed = (await run('list', ...dot)).rows.map(({ dock, landed, refused }) => [dock, landed, refused])
  assert.deepEqual(listed, [
    ['a-wrong', '', ''],
    ['b-gone', 0, 0],
    ['pas', 2, 1],
    ['wrong-map', '', ''],
  ])
  const [refused] = (await run('refused', 'pas', ...dot)).rows
  assert.deepEqual(
    [refused?.event, refused?.why, refused?.where, refused?.messages],
    ['ADT^A14', 'FDP_HL7_EVENT', 'segment 1 (MSH), field 9', 1],
  )
  const others = ['--tenant', profile.id, '--as', validator, '--purpose', 'data-intake']
  assert.match((await run('run', 'pas', ...others)).err, /FDP_MESSAGES_NOT_YOURS/)
  assert.match((await run('status', 'nothing', ...dot)).err, /FDP_MESSAGES_UNKNOWN.*pas/s)
  const [ran] = (await run('run', 'pas', ...dot)).rows
  assert.deepEqual([ran?.['rows of'], ran?.what, ran?.rows], ['Patient', 'published', 2])
  const status = await run('status', 'pas', ...dot)
  assert.deepEqual(status.rows[0], { event: 'ADT^A14', landed: 0, again: 0, refused: 1 })
  assert.equal(status.rows.at(-1)?.['from messages'], 2)
  assert.doesNotMatch(status.out, /Canary/)

  await messages.close()
  await assert.rejects(link.send(adt({ ...told, number: 'A3' })))
  // The last messages are on record before the log is closed.
  assert.deepEqual((await types()).filter((type) => type === 'message.landed').length >= 2, true)
  assert.equal((await landedAt(world.node, tenant, 'pas')).tally.total.landed, 2)
  assert.match(JSON.stringify(said), /FDP_MESSAGES_DECLARATION.*FDP_MESSAGES_MAP/)
  assert.doesNotMatch(JSON.stringify(said), /secret|Canary/)
  assert.deepEqual(await findCanaries(folder, [surname]), [])
  await rm(join(folder, 'messages'), { recursive: true })
})
