import { openVaultFs } from '#adapters/vault-fs'
import { systemRandom } from '#kernel'
import { vaultContract } from './vault.ts'

vaultContract('vault-fs', (root, keys, clock) => openVaultFs({ root, keys, clock, random: systemRandom }))
