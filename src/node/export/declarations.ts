import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { objectTypes } from '#contracts'
import { shippedPolicyFiles } from '#governance'
import { copyDurably, filesBelow } from '../tree-copy.ts'
import type { ExportedFile } from './export-manifest.ts'
import { writeText } from './file-writer.ts'

const productsFolder = fileURLToPath(new URL('../../../products/', import.meta.url))

/**
 * What the data mean and by which rules they were kept: the contract of every object type with the sensitivity of each
 * property, the policies that decided, and the products with their metrics.
 */
export async function exportDeclarations(to: string): Promise<ExportedFile[]> {
  const files: ExportedFile[] = []
  for (const type of objectTypes()) {
    files.push(await writeText(to, `contracts/${type.name}.json`, `${JSON.stringify(type, null, 2)}\n`))
  }
  const { schema, policies } = shippedPolicyFiles()
  files.push(await writeText(to, 'policies/schema.cedarschema', schema))
  files.push(await writeText(to, 'policies/access.cedar', policies))
  for (const path of await filesBelow(productsFolder)) {
    const { bytes, sha256 } = await copyDurably(productsFolder, join(to, 'products'), path)
    files.push({ path: `products/${path}`, bytes, sha256 })
  }
  return files
}
