import { fromHex } from '#kernel'
import { decodeBytes, type Encoding } from './character-set.ts'
import type { Delimiters } from './delimiters.ts'

/** What an escape sequence that cannot be read is, in our words. */
export interface EscapeFault {
  readonly problem: string
}

/** C0 and C1 controls and DEL. Tab is a character of a value, the ends of lines only by escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const rawControl = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/

const repeatsMax = 200

/**
 * The text that a value stands for (HL7 v2.9 section 2.7). Delimiters and bytes come back as characters; formatting
 * becomes line ends and blanks; highlighting is dropped. Sequences that switch character sets and those that two sites
 * have agreed upon cannot be read, and a lone escape character may be a value that was cut off.
 */
export function unescapeValue(raw: string, delimiters: Delimiters, encoding: Encoding): string | EscapeFault {
  if (delimiters.escape === null || !raw.includes(delimiters.escape)) return raw
  const parts = raw.split(delimiters.escape)
  if (parts.length % 2 === 0) return { problem: 'an escape sequence that does not end' }
  let text = parts[0]!
  for (let i = 1; i < parts.length; i += 2) {
    const meant = sequenceText(parts[i]!, delimiters, encoding)
    if (meant === null) return { problem: 'an escape sequence that is not read' }
    text += meant + parts[i + 1]!
  }
  return text
}

function sequenceText(sequence: string, delimiters: Delimiters, encoding: Encoding): string | null {
  switch (sequence) {
    case 'F':
      return delimiters.field
    case 'S':
      return delimiters.component
    case 'T':
      return delimiters.subcomponent ?? '&'
    case 'R':
      return delimiters.repetition
    case 'E':
      return delimiters.escape
    case 'P':
      return delimiters.truncation ?? '#'
    case 'H':
    case 'N':
    case '.fi':
    case '.nf':
      return ''
    case '.br':
    case '.ce':
      return '\n'
  }
  if (sequence.startsWith('X')) return bytesText(sequence.slice(1), encoding)
  const formatting = /^\.(sp|sk|in|ti) ?([+-]?\d{1,3})?$/.exec(sequence)
  if (!formatting) return null
  const [, command, count] = formatting
  if (command === 'in' || command === 'ti') return count === undefined ? null : ''
  const times = count === undefined ? 1 : Number(count)
  if (times < 0 || times > repeatsMax || (command === 'sk' && count === undefined)) return null
  return (command === 'sp' ? '\n' : ' ').repeat(times)
}

function bytesText(hex: string, encoding: Encoding): string | null {
  if (!/^([0-9A-F]{2})+$/i.test(hex)) return null
  const text = decodeBytes(fromHex(hex), encoding)
  return typeof text === 'string' && !control.test(text) ? text : null
}

/** The other way. Line ends become `\.br\`; a text that would read as null, or as nothing, is escaped too. */
export function escapeValue(text: string, delimiters: Delimiters & { readonly escape: string }): string {
  const mark = delimiters.escape
  const sequences = new Map<string, string>([
    [delimiters.field, 'F'],
    [delimiters.component, 'S'],
    [delimiters.repetition, 'R'],
    [mark, 'E'],
    ...(delimiters.subcomponent === null ? [] : [[delimiters.subcomponent, 'T'] as const]),
    ...(delimiters.truncation === null ? [] : [[delimiters.truncation, 'P'] as const]),
    ['\n', '.br'],
    ['\r', 'X0D'],
  ])
  if (text === '') return `${mark}N${mark}`
  if (text === '""') return `${mark}X2222${mark}`
  return [...text].map((each) => (sequences.has(each) ? `${mark}${sequences.get(each)}${mark}` : each)).join('')
}
