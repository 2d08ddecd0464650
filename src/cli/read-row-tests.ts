import { usage } from './errors.ts'

/** Conditions on rows as they are typed: `property=value|value`. FDP_CLI_USAGE. */
export function readRowTests(texts: readonly string[], command: string): { property: string; in: string[] }[] {
  return texts.map((text) => {
    const match = /^(\w+)=(.+)$/.exec(text)
    if (!match) throw usage('`--where` takes `property=value|value`', command)
    return { property: match[1] ?? '', in: (match[2] ?? '').split('|') }
  })
}
