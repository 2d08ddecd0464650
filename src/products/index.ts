/**
 * Products: folders of declarations that a deployment offers. Loads a folder, checks everything it says against what
 * the platform knows, and hands out its metrics, derived columns and reference tables.
 *
 * Promises: a product that loads can be run; what does not fit is refused with file, line and the nearest known name.
 * Never: runs code from a product folder, follows a path out of it, or reads data about people.
 */

export { fail as productErrors } from './errors.ts'
export * from './load-product.ts'
export * from './product-folder.ts'
export { shippedProducts } from './shipped-products.ts'
