import { type Product, shippedProducts } from '#products'

/** The products that ship, as main.ts loads them. */
export function products(): readonly Product[] {
  return shippedProducts()
}
