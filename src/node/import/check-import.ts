import type { Session } from '#gate'
import type { OdsCode } from '#kernel'
import { rowsDigest, wholeColumns } from '../export/object-rows.ts'
import { readExport } from '../export/read-export.ts'

/** One file of an export beside what the tenant holds now. */
export interface CheckedRows {
  readonly object: string
  readonly controller: string
  readonly rows: number
  readonly outcome: 'same' | 'differs' | 'not available'
}

/**
 * Reads every row through the gate as an export would, and compares its hash with the manifest's: the same bytes, so the
 * same values in every column. Needs the rights of an export; where somebody lacks them it says so and nothing more.
 * FDP_EXPORT_DAMAGED, those of the gate.
 */
export async function checkImport(
  session: Session,
  folder: string,
  options: { justification?: string; progress?: (label: string, done: number, total: number) => void } = {},
): Promise<readonly CheckedRows[]> {
  const { manifest } = await readExport(folder)
  const { justification, progress } = options
  const checked: CheckedRows[] = []
  for (const [i, { object, controller, rows, columns, path }] of manifest.objects.entries()) {
    progress?.(object, i, manifest.objects.length)
    const listed = manifest.files.find((file) => file.path === path)!
    const seen = new Set(wholeColumns(session, object)?.columns)
    if (!columns.every((name) => seen.has(name))) {
      checked.push({ object, controller, rows, outcome: 'not available' })
      continue
    }
    const asked = { object, controller: controller as OdsCode, columns }
    const sha256 = await rowsDigest(session, { ...asked, ...(justification === undefined ? {} : { justification }) })
    checked.push({ object, controller, rows, outcome: sha256 === listed.sha256 ? 'same' : 'differs' })
  }
  progress?.('done', manifest.objects.length, manifest.objects.length)
  return checked
}
