import { fileURLToPath } from 'node:url'
import { loadProduct, type Product, readProductFolder } from '#products'

/** The products that ship, as main.ts loads them. */
export function products(): readonly Product[] {
  return [loadProduct(readProductFolder(fileURLToPath(new URL('../products/elective-recovery', import.meta.url))))]
}
