import { objectTypes } from '#contracts'
import { isFdpError, limits } from '#kernel'
import type { RemoteOntology, RemoteType } from '#ports'
import type { KeptLinks, MoveStore } from './move-progress.ts'

/**
 * Links of many with many that no property holds (three in the canonical data model, each named from both ends) have no
 * place in a submission. Where the other server has them their pairs of keys are read once and kept encrypted beside the
 * move, so that they are not lost when that server is turned off.
 */
export async function keepLinks(
  remote: RemoteOntology,
  store: MoveStore,
  served: readonly RemoteType[],
): Promise<{ readonly kept: readonly KeptLinks[]; readonly refused: readonly Pick<KeptLinks, 'type' | 'link'>[] }> {
  const refused: Pick<KeptLinks, 'type' | 'link'>[] = []
  for (const { apiName, links } of objectTypes()) {
    if (!served.some((type) => type.apiName === apiName)) continue
    const without = links.filter(({ join }) => join === null)
    if (without.length === 0) continue
    const there = (await remote.outgoingLinks(apiName)).map((link) => link.apiName)
    for (const { name: link } of without.filter(({ name }) => there.includes(name))) {
      try {
        await keep(remote, store, apiName, link)
      } catch (error) {
        if (!isFdpError(error, 'FDP_REMOTE_REFUSED')) throw error
        refused.push({ type: apiName, link })
      }
    }
  }
  return { kept: store.progress.links, refused }
}

async function keep(remote: RemoteOntology, store: MoveStore, type: string, link: string): Promise<void> {
  if (store.progress.links.some((kept) => kept.type === type && kept.link === link)) return
  let pairs = 0
  async function* lines(): AsyncGenerator<Uint8Array> {
    for await (const found of remote.linked(type, link)) {
      pairs += found.length
      yield Buffer.from(found.map((pair) => `${JSON.stringify(pair)}\n`).join(''))
    }
  }
  const { id } = await store.pages.put(lines(), limits.submissionBytesMax)
  if (pairs > 0) await store.addLinks({ type, link, pairs, blob: id })
}
