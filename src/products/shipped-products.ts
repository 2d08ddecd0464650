import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadProduct, type Product } from './load-product.ts'
import { readProductFolder } from './product-folder.ts'

const root = fileURLToPath(new URL('../../products', import.meta.url))
let shipped: readonly Product[] | null = null

/** The products that come with the program, each from its folder; read once. Errors as of `loadProduct`. */
export function shippedProducts(): readonly Product[] {
  shipped ??= readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => loadProduct(readProductFolder(join(root, name))))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  return shipped
}
