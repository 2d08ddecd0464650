import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type FormatSpec,
  isFdpError,
  type JsonObject,
  type PurposeId,
  readFormat,
  type SubjectId,
  writeFormat,
} from '#kernel'
import { cliErrors } from './errors.ts'
import { readPersonOption, readPurposeOption } from './read-option.ts'

/** Who acts, for what, where. */
export interface ActingContext {
  readonly tenant: string
  readonly subject: SubjectId
  readonly purpose: PurposeId
  readonly because: string | undefined
}

/** Options that every acting command takes; what is not given comes from `./fdp login`. */
export interface ContextOptions {
  readonly tenant?: string
  readonly as?: string
  readonly purpose?: string
  readonly because?: string
}

interface Stored extends JsonObject {
  readonly tenant: string
  readonly as: string
  readonly purpose: string
  readonly because: string | null
}

const contextFormat: FormatSpec<Stored> = {
  format: 'openfdp/cli-context',
  version: 1,
  migrations: {},
  check: (document) => {
    const texts = [document.tenant, document.as, document.purpose]
    if (!texts.every((text) => typeof text === 'string')) throw new TypeError('context.json')
    return document as Stored
  },
}

/** The context that `./fdp login` set for this home folder. */
export interface ContextStore {
  read(): Promise<ContextOptions>
  write(context: Required<Omit<ContextOptions, 'because'>> & { because?: string }): Promise<void>
  clear(): Promise<void>
}

function readStored(text: string): Stored {
  try {
    return readFormat(contextFormat, JSON.parse(text) as JsonObject)
  } catch (error) {
    if (isFdpError(error, 'FDP_FORMAT_NEWER')) throw error
    throw cliErrors('FDP_CLI_CONTEXT_DAMAGED')
  }
}

export function contextStore(home: string): ContextStore {
  const path = join(home, 'context.json')
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => null)
      if (text === null) return {}
      const { tenant, as, purpose, because } = readStored(text)
      return { tenant, as, purpose, ...(because ? { because } : {}) }
    },
    async write({ because, ...context }) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const document = writeFormat(contextFormat, { ...context, because: because ?? null } as Stored)
      await writeFile(path, `${JSON.stringify(document)}\n`, { mode: 0o600 })
    },
    clear: () => rm(path, { force: true }),
  }
}

/** The reason as a question carries it, for purposes that ask at each read. */
export function reasonOf({ because }: ActingContext): { readonly justification?: string } {
  return because ? { justification: because } : {}
}

/** FDP_CLI_NO_CONTEXT names the first thing that is missing. */
export async function actingContext(store: ContextStore, options: ContextOptions): Promise<ActingContext> {
  const stored = await store.read()
  const { tenant, as, purpose, because } = { ...stored, ...definedOf(options) }
  const missing = !tenant ? '--tenant' : !as ? '--as' : !purpose ? '--purpose' : null
  if (missing || !tenant || !as || !purpose) throw cliErrors('FDP_CLI_NO_CONTEXT', { missing: missing ?? '' })
  return {
    ...{ tenant, because },
    subject: readPersonOption(as, { option: '--as', command: 'login' }),
    purpose: readPurposeOption(purpose, { option: '--purpose', command: 'login' }),
  }
}

function definedOf(options: ContextOptions): ContextOptions {
  const { tenant, as, purpose, because } = options
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(as === undefined ? {} : { as }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(because === undefined ? {} : { because }),
  }
}
