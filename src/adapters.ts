import { openFileBlobs } from '#adapters/blobs-fs'
import { fhirKind } from '#adapters/connect-fhir'
import { s3Kind } from '#adapters/connect-s3'
import { sftpKind } from '#adapters/connect-sftp'
import { oracleKind, postgresKind, sqlServerKind } from '#adapters/connect-sql'
import { folderDrop } from '#adapters/drop-fs'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { createKeys, openKeys } from '#adapters/keys-file'
import { openLakeFs } from '#adapters/lake-fs'
import { folderReader, folderWitnessStore, openFolderLedgerStore } from '#adapters/ledger-fs'
import { openFolderMessageLog, openFolderScratch } from '#adapters/messages-fs'
import { listenForMessages, openMessageSender } from '#adapters/mllp'
import { cdsXmlReader } from '#adapters/source-cds-xml'
import { csvReader, fileSource, readCells } from '#adapters/source-csv'
import { bundleInPieces, fhirBundleReader, fhirNdjsonReader, fhirResourceReader } from '#adapters/source-fhir'
import { openRemoteOntology } from '#adapters/source-ontology'
import { parquetReader } from '#adapters/source-parquet'
import { xlsxReader } from '#adapters/source-xlsx'
import { openZip, zipReader } from '#adapters/source-zip'
import { emailKind } from '#adapters/tell-email'
import { webhookKind } from '#adapters/tell-webhook'
import { openVaultFs } from '#adapters/vault-fs'
import { systemClock, systemRandom } from '#kernel'
import type { Adapters } from '#node'

const clock = systemClock
const random = systemRandom

/** One implementation of each port: the choice of this program. */
export const adapters: Adapters = {
  clock,
  random,
  openEngine: openDuckdbEngine,
  readers: {
    csv: csvReader,
    'fhir-ndjson': fhirNdjsonReader(csvReader),
    'fhir-bundle': fhirBundleReader(csvReader),
    'fhir-resource': fhirResourceReader(csvReader),
    'cds-xml': cdsXmlReader(readCells),
    parquet: parquetReader(readCells),
    xlsx: xlsxReader(csvReader, openZip),
    zip: zipReader(csvReader),
  },
  openDrop: folderDrop(fileSource),
  listenForMessages,
  openMessageSender,
  openMessageLog: (folder, keys) => openFolderMessageLog(folder, keys, random),
  openScratch: (folder) => openFolderScratch(folder, random),
  connections: {
    fhir: fhirKind({ clock, random, bundle: bundleInPieces }),
    ...{ sftp: sftpKind, s3: s3Kind },
    ...{ postgres: postgresKind, 'sql-server': sqlServerKind, oracle: oracleKind },
    ...{ webhook: webhookKind(clock), email: emailKind },
  },
  // Loaded when asked for: nearly every command does without.
  lookAtProvider: async (issuer) => (await import('#adapters/identity-oidc')).lookAtProvider(issuer),
  createKeys: (folder, tenant) => createKeys(folder, tenant, random),
  openKeys: (folder, tenant) => openKeys(folder, tenant, random),
  openLedgerStore: openFolderLedgerStore,
  ledgerReader: folderReader,
  openWitnessStore: folderWitnessStore,
  openLake: (root) => openLakeFs({ root, clock }),
  openVault: (root, keys) => openVaultFs({ root, keys, clock, random }),
  openBlobs: (folder, keys) => openFileBlobs(folder, keys, random),
  openRemoteOntology,
}
