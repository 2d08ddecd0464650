import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { leafCommands } from '../../src/cli/examples.ts'
import { commandProgram } from '../../src/cli/program.ts'
import { referencePages } from '../../tools/reference-docs/pages.ts'
import { errorRegistries } from '../../tools/reference-docs/registries.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const registries = await errorRegistries()
const all = registries.flatMap(({ module, specs }) =>
  Object.entries(specs).map(([code, spec]) => ({ module, code, ...spec })),
)

function sources(): { file: string; text: string }[] {
  return readdirSync(`${root}src`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => ({ file: `${entry.parentPath}/${entry.name}`, text: '' }))
    .map(({ file }) => ({ file: file.slice(root.length), text: readFileSync(file, 'utf8') }))
}

test('the pages made from the program are as the program is', async () => {
  for (const [name, text] of Object.entries(await referencePages())) {
    const stored = readFileSync(`${root}docs/reference/${name}`, 'utf8')
    assert.ok(stored === text, `docs/reference/${name} is stale; run \`node tools/reference-docs/main.ts\``)
  }
})

test('every error code is registered once, is named after its module, and says what to do', () => {
  assert.ok(all.length > 50)
  const seen = new Map<string, string>()
  const wrong: string[] = []
  for (const { module, code, message, help, status } of all) {
    if (seen.has(code)) wrong.push(`${code} is registered in ${seen.get(code)} and in ${module}`)
    seen.set(code, module)
    if (!/^FDP_[A-Z][A-Z0-9]*_[A-Z0-9]+(_[A-Z0-9]+)*$/.test(code)) wrong.push(`${code} is not named like one`)
    if (!Number.isInteger(status) || status < 400 || status > 599) wrong.push(`${code} has no status`)
    // A declaration's reader knows best what to write instead, and gives the whole line.
    if (help.trim().length <= 10 && !/^\{\w+\}$/.test(help)) wrong.push(`${code} has no next step`)
    if (/^[A-Z][a-z]|\.$/.test(message)) wrong.push(`${code}: lower case, no final stop`)
    if (/\.$/.test(help)) wrong.push(`${code}: no final stop after the next step`)
  }
  assert.deepEqual(wrong, [])
})

/** Not the settings of the environment: `FDP_DEBUG…`. */
const codes = /\bFDP_(?!DEBUG)[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b/g

test('every code that the source throws or looks for is registered, and every registered code is used', () => {
  const registered = new Set(all.map(({ code }) => code))
  const used = new Map<string, number>()
  const unknown: string[] = []
  for (const { file, text } of sources()) {
    for (const [code] of text.matchAll(codes)) {
      if (!registered.has(code)) unknown.push(`${file}: ${code}`)
      used.set(code, (used.get(code) ?? 0) + 1)
    }
  }
  assert.deepEqual(unknown, [])
  // Once where it is registered, and at least once where it is thrown.
  assert.deepEqual(
    [...registered].filter((code) => (used.get(code) ?? 0) < 2),
    [],
  )
})

test('every command that an error sends somebody to is there', () => {
  const names = new Set(leafCommands(commandProgram((command) => command)).map(({ name }) => name))
  const wrong: string[] = []
  for (const { code, help } of all) {
    for (const [, line = ''] of help.matchAll(/`\.\/fdp ([^`]*)`/g)) {
      const words = line.split(' ')
      if (!names.has(words[0] ?? '') && !names.has(words.slice(0, 2).join(' '))) wrong.push(`${code}: ./fdp ${line}`)
    }
  }
  assert.deepEqual(wrong, [])
})
