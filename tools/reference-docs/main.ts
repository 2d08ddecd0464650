import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { referencePages } from './pages.ts'

// Writes docs/reference/configuration.md, errors.md, cli.md and http.md from the program itself.
const folder = fileURLToPath(new URL('../../docs/reference/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, text] of Object.entries(await referencePages())) writeFileSync(`${folder}${name}`, text)
