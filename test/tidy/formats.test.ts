import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

function textsBelow(folder: string, ending: RegExp): { file: string; text: string }[] {
  return readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .map((file) => ({ file: file.slice(root.length), text: readFileSync(file, 'utf8') }))
}

/** Each stored format with its version, as its FormatSpec or its writer has it. */
function storedFormats(): Map<string, { file: string; version: number }> {
  const found = new Map<string, { file: string; version: number }>()
  for (const { file, text } of textsBelow('src', /(?<!\.test)\.ts$/)) {
    for (const [, format = '', version] of text.matchAll(/format: '(openfdp\/[a-z-]+)',\s+version: (\d+)/g)) {
      found.set(format, { file, version: Number(version) })
    }
  }
  return found
}

/** Documented are a format's name and its version on one line, or in one paragraph. */
const documents = [...textsBelow('spec', /\.md$/), ...textsBelow('docs', /\.md$/)]

test('every stored format is said in words, with its version', () => {
  const formats = storedFormats()
  assert.ok(formats.size > 15)
  const silent = [...formats].filter(([format, { version }]) => {
    const paragraphs = documents.flatMap(({ text }) => text.split(/\n\n|\n\|/)).filter((part) => part.includes(format))
    return !paragraphs.some((part) => new RegExp(`\\b${version}\\b`).test(part.replaceAll(format, '')))
  })
  assert.deepEqual(
    silent.map(([format, { file, version }]) => `${format} version ${version} (${file})`),
    [],
  )
})

test('every FormatSpec names its format where this test finds it', () => {
  const specs = textsBelow('src', /(?<!\.test)\.ts$/).flatMap(({ file, text }) =>
    [...text.matchAll(/: FormatSpec<[^=]*= \{\s+format: ('openfdp\/[a-z-]+'|[^,\n]*)/g)].map((match) => ({
      file,
      format: match[1] ?? '',
    })),
  )
  assert.ok(specs.length > 12)
  for (const { file, format } of specs) assert.match(format, /^'openfdp\//, file)
})
