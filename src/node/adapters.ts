import type { Clock, Random } from '#kernel'
import type {
  BlobStore,
  ConnectionKind,
  Keys,
  Lake,
  LedgerReader,
  LedgerStore,
  ListenForMessages,
  OpenEngine,
  OpenFileDrop,
  OpenMessageLog,
  OpenMessageSender,
  OpenRemoteOntology,
  OpenScratch,
  Readers,
  Vault,
  WitnessStore,
} from '#ports'

/** What main.ts hands in: one implementation of each port. Folders are absolute. */
export interface Adapters {
  readonly clock: Clock
  readonly random: Random
  readonly openEngine: OpenEngine
  /** Of submissions, by the name of their format. */
  readonly readers: Readers
  /** Where other systems leave files. */
  readonly openDrop: OpenFileDrop
  /** How other systems send messages. */
  readonly listenForMessages: ListenForMessages
  readonly openMessageLog: OpenMessageLog
  /** Room for what messages say while rows are made of them. */
  readonly openScratch: OpenScratch
  /** How messages go to other systems. */
  readonly openMessageSender: OpenMessageSender
  /** Other systems that data come from, by the name of their kind. */
  readonly connections: Readonly<Record<string, ConnectionKind>>
  /** Somebody else's server, to move from or to compare with. */
  readonly openRemoteOntology: OpenRemoteOntology
  /** Says by an error what is wrong with an identity provider, before a node is set up with it. */
  lookAtProvider(issuer: string): Promise<void>
  createKeys(folder: string, tenant: string): Promise<Keys>
  openKeys(folder: string, tenant: string): Promise<Keys>
  openLedgerStore(folder: string): Promise<LedgerStore>
  /** The files of a ledger or of a copy, to verify them; takes no lock. */
  ledgerReader(folder: string): LedgerReader
  openWitnessStore(folder: string): WitnessStore
  openLake(folder: string): Promise<Lake>
  openVault(folder: string, keys: Keys): Promise<Vault>
  openBlobs(folder: string, keys: Keys): Promise<BlobStore>
}
