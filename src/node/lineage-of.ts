import {
  type Declared,
  type DeclaredMetric,
  type DeclaredPage,
  type LineageGraph,
  lineageGraph,
  lineageRecord,
  lineageRecordAt,
} from '#audit'
import { derivedUses, type LoadedMetric } from '#metrics'
import type { Product } from '#products'
import type { Tenant } from './tenant.ts'

/** The graph of a tenant's lineage, as of its last durable entry or of an earlier one. */
export async function lineageOfTenant(
  { ledger, profile }: Pick<Tenant, 'ledger' | 'profile'>,
  products: readonly Product[],
  asOf?: number,
): Promise<LineageGraph> {
  const record = asOf === undefined ? await lineageRecord(ledger) : await lineageRecordAt(ledger.entries(), asOf)
  return lineageGraph(profile.id, record, declaredBy(products))
}

function declaredBy(products: readonly Product[]): Declared {
  return {
    metrics: products.flatMap(({ metrics }) => Object.values(metrics).map(declaredMetric)),
    pages: [...products.flatMap(offered), publicPage],
  }
}

function declaredMetric({ definition, derived }: LoadedMetric): DeclaredMetric {
  const { id, version, title, bases, measures } = definition
  return {
    ...{ id, version, title },
    bases: Object.entries(bases).map(([name, { relations, sql }]) => ({
      ...{ name, relations: Object.values(relations), derived: derivedUses(sql, derived) },
    })),
    measures: Object.entries(measures).map(([name, measure]) => ({ name, title: measure.title })),
  }
}

/** What a product shows. Once products have pages of their own, each is one here. */
function offered({ id, title, metrics }: Product): DeclaredPage[] {
  const names = Object.keys(metrics)
  if (names.length === 0) return []
  return [{ id, title, says: 'a product that shows these figures', metrics: names, tellsOfUse: false }]
}

const publicPage: DeclaredPage = {
  ...{ id: 'public', title: 'Who can see your data', says: 'the public page' },
  ...{ metrics: [], tellsOfUse: true },
}
