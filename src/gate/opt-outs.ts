import type { ObjectType } from '#contracts'
import { type Catalogue, type Level, optOutInput, type Purpose } from '#governance'
import {
  gpRecordLabel,
  type OptOutRulings,
  type OptOutScheme,
  optOutLists,
  optOutRulings,
  optOutSchemes,
} from '#privacy'

/** What the lists of people who said no mean for one relation of a read. */
export interface OptOuts {
  readonly rulings: OptOutRulings
  /** Manifest of each list that removes rows, as of the same moment as the data. */
  readonly lists: Readonly<Partial<Record<OptOutScheme, string>>>
}

/** Null where rows are about nobody. The lists are those in force now, whatever version of the data is read. */
export function optOutsOf(
  type: ObjectType,
  use: { readonly purpose: Purpose; readonly level: Level; readonly stricter: boolean },
  catalogue: Catalogue,
): OptOuts | null {
  if (!type.personLevel) return null
  const { purpose, level, stricter } = use
  const rulings = optOutRulings({
    ...optOutInput(purpose, level),
    ...{ stricter, article6: purpose.article6 },
    gpRecordData: labelsOf(catalogue, type.name).includes(gpRecordLabel),
  })
  const lists: Partial<Record<OptOutScheme, string>> = {}
  for (const scheme of optOutSchemes) {
    const manifest = catalogue.lakeManifest(optOutLists[scheme])
    if (rulings[scheme].outcome === 'apply' && manifest !== null) lists[scheme] = manifest
  }
  return { rulings, lists }
}

/** Labels of a type's data: of every submission of it that was ever published, since older versions may be read too. */
export function labelsOf(catalogue: Catalogue, object: string): readonly string[] {
  const published = catalogue.history.filter((publication) => publication.object === object)
  return [...new Set(published.flatMap(({ report }) => (report?.labels ?? []) as string[]))]
}

/** A number of persons as the governance part may say it: as published numbers do, so that nobody is told apart. */
export function shownCount(persons: number): number | '<8' {
  if (persons === 0) return 0
  return persons < 8 ? '<8' : Math.round(persons / 5) * 5
}
