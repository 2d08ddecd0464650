import { limits } from '#kernel'
import { tooMany } from './place.ts'

/** What one request may still spend. Looked at before each step down, so that no request is deeper than the stack. */
export class Budget {
  #nodes = 0
  #objects = 0
  #values = 0

  /** One more object set, test or derived property, this deep. FDP_ONTOLOGY_LIMIT. */
  node(depth: number): void {
    if (depth > limits.objectSetDepthMax) throw tooMany('the depth of an object set', limits.objectSetDepthMax)
    this.#nodes += 1
    if (this.#nodes > limits.objectSetNodesMax) {
      throw tooMany('the number of object sets, tests and derived properties', limits.objectSetNodesMax)
    }
  }

  /** RIDs named one by one. */
  objects(count: number): void {
    this.#objects += count
    if (this.#objects > limits.staticObjectsMax) throw tooMany('the number of RIDs', limits.staticObjectsMax)
  }

  /** Values of `in`. */
  values(count: number): void {
    this.#values += count
    if (this.#values > limits.filterValuesMax) throw tooMany('the number of values in filters', limits.filterValuesMax)
  }
}
