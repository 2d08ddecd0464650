import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addDays, type DateOnly } from '#kernel'
import type { Hospital } from './hospital.ts'

const declared = fileURLToPath(new URL('./declared/', import.meta.url))
const folders = ['connections', 'docks', 'messages'] as const
/** What asks the database. */
const ofDatabase = ['infirmary-sql.yaml', 'appointments.yaml', 'appointments.sql', 'ward-stays.yaml', 'ward-stays.sql']

/** A key at the server is no number of the hospital’s, by which its other outlets know who is meant. */
const [keyAtServer, numberAtHospital] = ['subject.getReferenceKey(Patient)', 'subject.identifier.value'] as const

export interface DeclareInput {
  readonly hospital: Hospital
  /** The tenant's. */
  readonly folder: string
  /** Where FHIR views are (`mappings/fhir`). */
  readonly views: string
  readonly drop: string
  /** The first day of which is told; files tell of the night before it as well. */
  readonly since: DateOnly
  readonly fhirPort: number
  readonly messagesPort: number
  /** Null where there is no database. */
  readonly database: { readonly port: number; readonly password: string } | null
}

/** Writes docks, connections and the message dock into a tenant's folder. What is there already stays as it is. */
export async function declareHospital(input: DeclareInput): Promise<void> {
  const { hospital, folder, views, drop, since, fhirPort, messagesPort, database } = input
  const values: Readonly<Record<string, string>> = {
    ...{ tenant: hospital.tenant, controller: hospital.controller, drop: JSON.stringify(drop), since },
    night: addDays(since, -1),
    ...{ fhir: String(fhirPort), messages: String(messagesPort), postgres: String(database?.port ?? '') },
  }
  for (const kind of folders) {
    await mkdir(join(folder, kind), { recursive: true, mode: 0o700 })
    for (const name of await readdir(join(declared, kind))) {
      if (database === null && ofDatabase.includes(name)) continue
      const text = await readFile(join(declared, kind, name), 'utf8')
      await writeNew(
        join(folder, kind, name),
        text.replaceAll(/<<(\w+)>>/g, (_, key: string) => values[key] ?? ''),
      )
    }
  }
  if (database) await writeNew(join(folder, 'connections', 'infirmary.password'), `${database.password}\n`)
  for (const name of ['Encounter.json', 'PatientDiagnosis.json', 'Procedure.json']) {
    const view = await readFile(join(views, name), 'utf8')
    await writeNew(join(folder, 'docks', name), view.replaceAll(keyAtServer, numberAtHospital))
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
