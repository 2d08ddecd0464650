import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFolderMessageLog, openFolderScratch } from '#adapters/messages-fs'
import { listenForMessages, openMessageSender } from '#adapters/mllp'
import { hl7Language } from '#hl7v2'
import { systemClock, systemRandom } from '#kernel'
import { Landed, listenOptions, type MessageDock, messageEvents, parseMessageDock } from '#messages'
import type { MessageListener, MessageSender, SendOptions } from '#ports'
import type { FlowTenant } from './flow-tenant.ts'
import { clerk, purposeInput } from './governed-tenant.ts'

/*
 * A message dock of a tenant for tests of flows, with a real log, a real listener and a real sender.
 */
export const mapText = (name: string) =>
  readFileSync(new URL(`../mappings/hl7v2/${name}.json`, import.meta.url), 'utf8')

const declared = { port: 0, senders: '["PAS|RJ1"]', controller: 'RJ1', by: clerk, purpose: purposeInput.id }

export function dockText(more: Readonly<Record<string, unknown>> = {}): string {
  return Object.entries({ ...declared, ...more })
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}

export function dockOf(more: Readonly<Record<string, unknown>> = {}): MessageDock {
  return parseMessageDock('pas', dockText(more), mapText)
}

/** With room for so little in memory, and so many parts, what the messages say is spilled and worked out part by part. */
export async function openLanded(
  { deps, folder }: FlowTenant,
  dock: MessageDock,
  { memoryBytesMax, partitions }: { memoryBytesMax?: number; partitions?: number } = {},
): Promise<Landed> {
  const { marks, rewritten } = await messageEvents(deps.ledger, dock.id)
  const log = await openFolderMessageLog(join(folder, 'messages', dock.id), deps.keys, systemRandom)
  const openScratch = () => openFolderScratch(join(folder, 'spill'), systemRandom, memoryBytesMax)
  const some = partitions === undefined ? {} : { partitions }
  return await Landed.open({ log, openScratch, known: [...marks.values()], rewritten, clock: deps.clock, ...some })
}

export async function listenAt(dock: MessageDock, landed: Landed): Promise<MessageListener> {
  return await listenForMessages(listenOptions(dock, landed, null, { clock: systemClock, random: systemRandom }))
}

/** One that gives up soon. */
export function senderTo(port: number, tls: SendOptions['tls'] = null): MessageSender {
  const language = hl7Language({ clock: systemClock, random: systemRandom })
  const waits = { attemptsMax: 1, waitMs: 1, waitMsMax: 1, connectMsMax: 2_000, answerMsMax: 10_000 }
  return openMessageSender({ host: '127.0.0.1', port, tls, language, ...waits })
}

export interface Told {
  readonly event: string
  /** As in HL7, `20260131093000`. */
  readonly at: string
  readonly id?: string
  readonly number?: string
  readonly nhsNumber?: string
  readonly name?: string
  readonly birth?: string
  readonly prior?: string
  readonly visit?: string
  readonly ward?: string
  readonly admitted?: string
  readonly discharged?: string
  readonly occurred?: string
  readonly sender?: string
}

/** A message of a hospital's system. */
export function adt({ event, at, number = 'A1', visit = 'V1', sender = 'PAS|RJ1', ...more }: Told): Buffer {
  const id = more.id ?? `${event}-${at}-${number}-${visit}`
  const nhs = more.nhsNumber === undefined ? '' : `~${more.nhsNumber}^^^NHS^NH`
  const { name = '', birth = '', ward = '', admitted = '', discharged = '' } = more
  const pv1 = [
    ...['PV1', '', 'I', ward, ...Array<string>(15).fill(''), visit === '' ? '' : `${visit}^^^RJ1^VN`],
    ...[...Array<string>(24).fill(''), admitted, discharged],
  ]
  const lines = [
    `MSH|^~\\&|${sender}|||${at}||ADT^${event}|${id}|P|2.4`,
    `EVN|${event}|${at}||||${more.occurred ?? ''}`,
    `PID|||${number}^^^RJ1^MR${nhs}||${name}||${birth}|F`,
    ...(more.prior === undefined ? [] : [`MRG|${more.prior}^^^RJ1^MR`]),
    pv1.join('|'),
  ]
  return Buffer.from(lines.join('\r'))
}
