import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock, Random } from '#kernel'
import type { Answer, Connection, ConnectionKind, Question } from '#ports'
import { exportedFiles } from './export-files.ts'
import { exported } from './export-job.ts'
import { addressOf, atServer, belowBase, whereFilesLie } from './links.ts'
import { nothingSeen, type Seen } from './outcomes.ts'
import { type BundleInPieces, searched } from './search.ts'
import { type CheckedSettings, checkedSettings, FhirSettings } from './settings.ts'
import { tokensOf } from './sign-in.ts'
import { attemptsMax, Wire } from './wire.ts'

export interface FhirKindInput {
  readonly clock: Clock
  readonly random: Random
  readonly bundle: () => BundleInPieces
  /** Time passing; what the system has unless given. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

export interface FhirAnswer extends Answer {
  /** What was seen beside the data; true once the source was read to its end. */
  readonly seen: Readonly<Seen>
}

/**
 * Servers of FHIR R4. A question is a search or an export of Bulk Data, relative to the base address, `{day}` standing for
 * the day; the answer is `fhir-ndjson`. FDP_FHIRSERVER_*.
 */
export function fhirKind(input: FhirKindInput): ConnectionKind<typeof FhirSettings> {
  return {
    settings: FhirSettings,
    open: (settings, secret) => openServer(checkedSettings(settings), secret, input),
  }
}

function openServer(checked: CheckedSettings, secret: (file: string) => string, input: FhirKindInput): Connection {
  const { settings, base } = checked
  const { clock, random } = input
  const tokens = tokensOf(checked, secret, { clock, random })
  let stop = new AbortController()

  async function ask(question: Question): Promise<FhirAnswer> {
    const { url, isExport } = addressOf(question.text, question.day, checked)
    const stopped = stop.signal
    const openWire = (began = clock.now(), attempts = attemptsMax) =>
      new Wire({ ...settings, server: base, began, attempts, clock, stopped, wait: input.wait ?? waiting }, tokens)
    const seen = nothingSeen()
    const lines = isExport
      ? await exportedFiles(
          await exported({
            ...{ kickOff: url, clock, openWire, note: question.note, allowed: atServer(checked) },
            about: createHash('sha256').update(`${url.href} ${question.day}`).digest('hex'),
          }),
          { allowed: whereFilesLie(checked), accepts: settings.incompleteExports, seen },
        )
      : await searched(openWire(), url, { allowed: belowBase(checked), bundle: input.bundle, seen })
    return { source: once(`fhir-${question.day}.ndjson`, lines), format: 'fhir-ndjson', seen }
  }

  return {
    ask,
    async close() {
      stop.abort()
      stop = new AbortController()
    },
  }
}

function waiting(ms: number, signal: AbortSignal): Promise<unknown> {
  return wait(ms, undefined, { signal })
}

function once(name: string, lines: AsyncGenerator<Buffer>): Answer['source'] {
  let isOpen = false
  return {
    ...{ name, bytes: null },
    open() {
      if (isOpen) throw new Error('an answer is opened once only')
      isOpen = true
      return lines
    },
  }
}
