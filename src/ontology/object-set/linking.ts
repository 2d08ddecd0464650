import type { Join, Property } from '#contracts'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { type Building, joinsByKey, type Scope, type SeenLink, type SeenType } from './scope.ts'
import { propertyValue } from './values.ts'

/** How rows at the two ends of a link meet. */
export interface Linking {
  /** Whether two rows are linked. */
  meets(from: string, to: string, building: Building): Sql
  /**
   * The same where the near end is in a FROM clause: what is joined behind its row, and then whether a row of the far end
   * meets it. `each`: no far row meets it twice.
   */
  behind(from: string, building: Building, how?: 'any' | 'each'): Behind
  /**
   * The same where the far end is in a FROM clause and the near end is a row outside it: what is joined behind the far row,
   * each once, and then whether the near row meets it. Left out where `meets` compares the two rows themselves, which the
   * engine does as fast; of a test that looks into a table it would try every near row with every far one.
   */
  readonly before?: (from: string, to: string, building: Building) => Before
}

export interface Behind {
  readonly joined: Sql
  meets(to: string): Sql
}

export interface Before {
  readonly joined: Sql
  readonly meets: Sql
}

/** The rows of a link meet by properties of its ends, or where a row of its table has both. */
export function linkedBy(scope: Scope, { link, from, to, table }: SeenLink): Linking {
  if (link.join) {
    const { meets } = meetingOf(scope, from, to, link.join)
    return { meets, behind: (near) => ({ joined: rawSql(''), meets: (far) => meets(near, far) }) }
  }
  if (!link.through || !table) throw new Error('a link that nobody can follow')
  const near = meetingOf(scope, from, table, link.through.near)
  const far = meetingOf(scope, table, to, link.through.far)
  const columns = [...new Set([...near.toColumns, ...far.fromColumns])].map(ident)
  const rowsOf = ({ relations }: Building) => {
    const relation = relations[table.type.name]
    if (!relation) throw new Error('a relation that was not asked for')
    return relation
  }
  // Nothing keeps a table from having the same pair in two rows.
  const pairsOf = (building: Building) =>
    sql`(SELECT DISTINCT ${joinSql(columns, ', ')} FROM ${rowsOf(building)} AS pairs)`
  return {
    meets(a, b, building) {
      const pair = building.alias()
      return sql`EXISTS (SELECT 1 FROM ${rowsOf(building)} AS ${ident(pair)}
        WHERE ${near.meets(a, pair)} AND ${far.meets(pair, b)})`
    },
    behind(a, building, how = 'any') {
      const pair = building.alias()
      const pairs = how === 'any' ? rowsOf(building) : pairsOf(building)
      return {
        joined: sql`JOIN ${pairs} AS ${ident(pair)} ON ${near.meets(a, pair)}`,
        meets: (b) => far.meets(pair, b),
      }
    },
    before(a, b, building) {
      const pair = building.alias()
      return {
        joined: sql`JOIN ${pairsOf(building)} AS ${ident(pair)} ON ${far.meets(pair, b)}`,
        meets: near.meets(a, pair),
      }
    },
  }
}

interface Meeting {
  meets(from: string, to: string): Sql
  /** Columns of the relations that it compares. */
  readonly fromColumns: readonly string[]
  readonly toColumns: readonly string[]
}

/**
 * Where two properties are equal: by local keys where both are keys of records, else by the values as shown, of one and
 * the same controller, whose numbers are its own.
 */
function meetingOf(scope: Scope, from: SeenType, to: SeenType, join: Join): Meeting {
  const [near, far] = [scope.property(from, join.from), scope.property(to, join.to)]
  if (!near || !far) throw new Error('a link by a property that nobody may see')
  if (joinsByKey(from, to, join)) {
    scope.join(from, join.from)
    scope.join(to, join.to)
    const [x, y] = [`~${join.from}`, `~${join.to}`]
    return {
      meets: (a, b) => sql`${ident(a)}.${ident(x)} = ${ident(b)}.${ident(y)}`,
      ...{ fromColumns: [x], toColumns: [y] },
    }
  }
  scope.controller(from)
  scope.controller(to)
  return {
    meets: (a, b) => sameValue(a, from, near, b, to, far),
    fromColumns: ['~controller', join.from],
    toColumns: ['~controller', join.to],
  }
}

function sameValue(a: string, from: SeenType, near: Property, b: string, to: SeenType, far: Property): Sql {
  const [x, y] = [propertyValue(a, from.type, near, from.level), propertyValue(b, to.type, far, to.level)]
  const same = sql`${ident(a)}."~controller" = ${ident(b)}."~controller"`
  if (x.type === 'texts' && y.type === 'texts') return sql`${same} AND list_has_any(${x.value}, ${y.value})`
  if (x.type === 'texts') return sql`${same} AND list_contains(${x.value}, CAST(${y.value} AS VARCHAR))`
  if (y.type === 'texts') return sql`${same} AND list_contains(${y.value}, CAST(${x.value} AS VARCHAR))`
  return sql`${same} AND ${x.value} = ${y.value}`
}
