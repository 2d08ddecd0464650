import type { Archive } from '#ports'
import { xlsxErrors } from './errors.ts'
import { type XmlEvent, xmlEvents } from './xml-events.ts'

export interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly path: string }[]
  /** Whether days are counted from 1904. */
  readonly from1904: boolean
  /** Paths of the parts that may be missing. */
  readonly texts: string | null
  readonly styles: string | null
}

interface Relation {
  readonly id: string
  readonly type: string
  readonly path: string
}

const sheetsMax = 1_000
const relationsMax = 10_000

/** What a workbook holds, and where. Throws FDP_XLSX_NOT_ONE, and what reading XML throws. */
export async function readWorkbook(archive: Archive): Promise<Workbook> {
  const root = await relationsOf(archive, '')
  const path = root.find(({ type }) => type === 'officeDocument')?.path
  if (path === undefined) throw notOne('it names no document')
  const parts = await relationsOf(archive, path)
  const named: { name: string; id: string }[] = []
  let from1904 = false
  await eachElement(archive, path, 'the list of sheets', (name, attributes) => {
    if (name === 'workbookPr') from1904 = ['1', 'true'].includes(attributes.date1904 ?? '')
    if (name !== 'sheet') return
    named.push({ name: attributes.name ?? '', id: attributes.id ?? '' })
    if (named.length > sheetsMax) throw notOne(`it has more than ${sheetsMax} sheets`)
  })
  const sheets = named.flatMap(({ name, id }) => {
    const part = parts.find((each) => each.id === id && each.type === 'worksheet')
    return part ? [{ name, path: part.path }] : []
  })
  const only = (type: string) => parts.find((each) => each.type === type)?.path ?? null
  return { sheets, from1904, texts: only('sharedStrings'), styles: only('styles') }
}

/** What a part refers to, by its file of relations; the package itself is the part ''. */
async function relationsOf(archive: Archive, part: string): Promise<Relation[]> {
  const slash = part.lastIndexOf('/') + 1
  const found: Relation[] = []
  const path = `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`
  await eachElement(archive, path, 'a list of relations', (name, attributes) => {
    if (name !== 'Relationship' || attributes.TargetMode === 'External') return
    const type = (attributes.Type ?? '').replace(/^.*\//s, '')
    found.push({ id: attributes.Id ?? '', type, path: resolved(part.slice(0, slash), attributes.Target ?? '') })
    if (found.length > relationsMax) throw notOne(`it has more than ${relationsMax} relations`)
  })
  return found
}

/** A target within the package: from its root, or from the folder of the part that names it. */
function resolved(folder: string, target: string): string {
  const steps: string[] = []
  for (const step of (target.startsWith('/') ? target : `${folder}${target}`).split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(step)
  }
  return steps.join('/')
}

type Take = (name: string, attributes: Readonly<Record<string, string>>) => void

async function eachElement(archive: Archive, path: string, part: string, take: Take): Promise<void> {
  for await (const events of partEvents(archive, path, part)) {
    for (const event of events) if (event.kind === 'open') take(event.name, event.attributes)
  }
}

/** The XML of a part. Throws FDP_XLSX_NOT_ONE where it is not there. */
export function partEvents(archive: Archive, path: string, part: string): AsyncGenerator<readonly XmlEvent[]> {
  const bytes = archive.open(path)
  if (bytes === null) throw notOne(`${part} is missing`)
  return xmlEvents(part, bytes)
}

function notOne(problem: string): Error {
  return xlsxErrors('FDP_XLSX_NOT_ONE', { problem })
}
