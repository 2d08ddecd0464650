import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { commandProgram } from '../../src/cli/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

const topPages = readdirSync(root).filter((name) => name.endsWith('.md'))
const pages = [...topPages, ...filesBelow('docs', '.md'), ...filesBelow('spec', '.md')]
const decisions = pages.filter((page) => page.startsWith('docs/decisions/'))
const sources = ['src', 'scripts', 'test'].flatMap((folder) => [
  ...filesBelow(folder, '.ts'),
  ...filesBelow(folder, '.mjs'),
])

/** Links of a page to files of ours, without those in code. */
function linksOf(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
}

/** Anchors as they are made from headings: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function brokenLinks(page: string, text: string): string[] {
  return linksOf(text).filter((target) => {
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(root, file))) return true
    return anchor !== undefined && !anchorsOf(read(file)).includes(anchor)
  })
}

/** Lines of the shell blocks, without comments. */
function shellLines(text: string): string[] {
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)]
    .flatMap((match) => (match[1] ?? '').replace(/ \\\n\s*/g, ' ').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** What a reader has without us; `"$EDITOR"` is theirs. */
const others = ['cd', 'cp', '"$EDITOR"']

const program = commandProgram((command) => command)
const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts

/** What is wrong with a line that a reader is told to type, or null. */
function wrongWith(line: string): string | null {
  // What a shell does with the output is no part of the command.
  const words = line.replace(/ > [\w.-]+$/, '').match(/"[^"]*"|\S+/g) ?? []
  if (others.includes(words[0] ?? '')) return null
  if (words[0] === 'npm') {
    const script = words[1] === 'run' ? words[2] : words[1]
    return script !== undefined && script in scripts ? null : 'no such script'
  }
  return words[0] === './fdp' ? wrongCommand(words.slice(1)) : 'not a command of ours'
}

/** Follows the words of a command line as far as they name commands. */
function commandAt(words: readonly string[]): { readonly at: Command; readonly rest: readonly string[] } {
  let at: Command = program
  let rest = [...words]
  while (rest.length > 0) {
    const next = at.commands.find((command) => command.name() === rest[0])
    if (!next) break
    at = next
    rest = rest.slice(1)
  }
  return { at, rest }
}

function wrongCommand(words: readonly string[]): string | null {
  const { at, rest } = commandAt(words)
  if (at.commands.length > 0) return `there is no command ${rest[0] ?? `below ${at.name()}`}`
  const positional: string[] = []
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? ''
    if (!word.startsWith('--')) {
      positional.push(word)
      continue
    }
    const option = at.options.find(({ long }) => long === word)
    if (!option) return `${at.name()} has no option ${word}`
    if (option.required) i++
  }
  const wanted = at.registeredArguments
  const least = wanted.filter(({ required }) => required).length
  const most = wanted.at(-1)?.variadic ? Number.POSITIVE_INFINITY : wanted.length
  if (positional.length < least || positional.length > most) return `${at.name()} takes other arguments`
  const missing = at.options.find(({ mandatory, long }) => mandatory && !rest.includes(long ?? ''))
  return missing ? `${at.name()} needs ${missing.long}` : null
}

/** Commands that a sentence mentions, often without all that they need: their names and options must be there. */
function wrongMentions(text: string): string[] {
  const mentions = [...text.matchAll(/`\.\/fdp ([^`\n]+)`/g)].map((match) => match[1] ?? '')
  return mentions.filter((mention) => {
    if (mention.startsWith('<')) return false
    const { at, rest } = commandAt(mention.split(/\s+/))
    const isWhole = at.commands.length === 0 || rest.length === 0 || rest[0] === '--help'
    const options = rest.filter((word) => /^--[a-z]/.test(word) && word !== '--help')
    return !isWhole || options.some((word) => !at.options.some(({ long }) => long === word))
  })
}

/** Error codes and settings of the environment that the program has. */
const known = new Set(
  sources.flatMap((file) => [...read(file).matchAll(/\bFDP(?:_[A-Z0-9]+)+\b/g)].map(([code]) => code)),
)

describe('the documentation', () => {
  it('links to what is there', () => {
    assert.deepEqual(
      pages.flatMap((page) => brokenLinks(page, read(page)).map((target) => `${page}: ${target}`)),
      [],
    )
  })

  it('names files that are there', () => {
    const path = /`((?:src|test|spec|docs|policies|products|bench|tools|scripts)\/[\w./-]*\w|[a-z-]+\/[\w./-]*\.ts)`/g
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(path)].map((match) => ({ page, path: match[1] ?? '' })),
    )
    assert.ok(named.length > 50)
    assert.deepEqual(
      named.filter(({ path }) => !existsSync(join(root, path)) && !existsSync(join(root, 'src', path))),
      [],
    )
  })

  it('tells readers to type only what works', () => {
    const lines = pages.flatMap((page) => shellLines(read(page)).map((line) => ({ page, line })))
    assert.ok(lines.length > 30)
    const wrong = lines.map(({ page, line }) => ({ page, line, wrong: wrongWith(line) }))
    assert.deepEqual(
      wrong.filter((each) => each.wrong !== null),
      [],
    )
  })

  it('mentions only commands and options that are there', () => {
    assert.deepEqual(
      pages.flatMap((page) => wrongMentions(read(page)).map((mention) => `${page}: ${mention}`)),
      [],
    )
  })

  it('names error codes that exist', () => {
    const codes = pages.flatMap((page) =>
      [...read(page).matchAll(/\bFDP(?:_[A-Z0-9]+)+\b(?!_)/g)].map(([code]) => ({ page, code })),
    )
    assert.deepEqual(
      codes.filter(({ code }) => !known.has(code)),
      [],
    )
  })

  it('speaks of the project and of nothing else', () => {
    // Written in parts, so that this file does not say them either.
    const words = [
      'pro' + 'mpt',
      'sub' + 'agent',
      'Cla' + 'ude',
      'Chat' + 'GPT',
      'large language' + ' model',
      '/wo' + 'rk/',
      '/ho' + 'me/',
      '/tm' + 'p/',
      'registry\\.' + 'npm',
      'TO' + 'DO',
      'FIX' + 'ME',
    ]
    const forbidden = new RegExp(`${words.join('|')}|\\bAI\\b`, 'i')
    assert.deepEqual(
      pages.flatMap((page) => {
        const found = forbidden.exec(read(page))
        return found ? [`${page}: ${found[0]}`] : []
      }),
      [],
    )
  })
})

describe('decision records', () => {
  it('have a number of their own and all four parts, in order', () => {
    assert.ok(decisions.length >= 15)
    decisions.sort().forEach((page, i) => {
      assert.match(page, new RegExp(`/${String(i + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`))
      const headings = [...read(page).matchAll(/^## (.+)$/gm)].map((match) => match[1])
      assert.deepEqual(headings, ['Context', 'Decision', 'Consequences', 'Rejected'], page)
    })
  })

  it('give a reason for every npm package', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
    const packages = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
    const text = decisions.map(read).join('\n')
    assert.deepEqual(
      packages.filter((name) => !text.includes(`\`${name}\``)),
      [],
    )
  })
})

describe('the trust page', () => {
  const laws = read('docs/concepts/trust.md')
    .split(/^## (?=\d+\. )/m)
    .slice(1)

  it('has the ten laws, each with its sentence, how it is kept, and what it does not cover', () => {
    assert.deepEqual(
      laws.map((law) => Number.parseInt(law, 10)),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
    for (const law of laws) {
      const name = law.split('\n')[0]
      assert.match(law, /^> /m, name)
      assert.match(law, /^\*\*(How|What exists)/m, name)
      assert.match(law, /^\*\*Not covered\.\*\*/m, name)
    }
  })

  it('names for each law test files that are there', () => {
    for (const law of laws) {
      const attacked = /\*\*Attacked by\*\*([\s\S]*?)\n\n/.exec(law)?.[1] ?? ''
      const files = [...attacked.matchAll(/`([^`]+\.test\.ts)`/g)].map((match) => match[1] ?? '')
      assert.ok(files.length > 0, law.split('\n')[0])
      for (const file of files) assert.ok(existsSync(join(root, file)), file)
    }
  })

  it('names every attack on a law under its law', () => {
    const attacks = readdirSync(join(root, 'test/attacks')).filter((name) => /^law-\d+.*\.test\.ts$/.test(name))
    const missing = attacks.filter((name) => !laws[Number(/\d+/.exec(name)?.[0]) - 1]?.includes(`test/attacks/${name}`))
    assert.deepEqual(missing, [])
  })
})

describe('these checks themselves', () => {
  it('see a link, an anchor and a command that is not there', () => {
    const text = '[a](nowhere.md) [b](#no-such-heading) [c](LICENSE)\n# Here\n[d](#here)'
    assert.deepEqual(brokenLinks('README.md', text.replace('[d](#here)', '')), ['nowhere.md', '#no-such-heading'])
    assert.equal(wrongWith('./fdp object raed Patient'), 'there is no command raed')
    assert.equal(wrongWith('./fdp object read Patient --colums x'), 'read has no option --colums')
    assert.equal(wrongWith('./fdp metric run rtt-incomplete'), 'run needs --period')
    assert.equal(wrongWith('./fdp object read'), 'read takes other arguments')
    assert.equal(wrongWith('./fdp object'), 'there is no command below object')
    assert.deepEqual(wrongMentions('`./fdp ledger verify` `./fdp ledger check` `./fdp doctor --all`'), [
      'ledger check',
      'doctor --all',
    ])
    assert.equal(wrongWith('npm run nothing'), 'no such script')
    assert.equal(wrongWith('rm -rf .'), 'not a command of ours')
    assert.ok(!known.has('FDP_NOWHERE' + '_AT_ALL'))
  })
})
