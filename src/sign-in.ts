import { readFileSync } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { DemoClient, DemoProvider } from '#adapters/provider-oidc'
import { isEconomy } from '#cli'
import type { FdpNode } from '#node'
import type { Identity } from '#ports'
import { application, economyPlan } from '#synthetic'

export interface SignIn {
  /** The identity provider of a node that browsers know by this origin; null where there is none. */
  readonly open: (origin: string) => Promise<Identity | null>
  /** Lines for whoever started the node. */
  says(): string
  close(): Promise<void>
}

const serviceFile = 'demo-service.json'
const applicationFile = 'demo-application.json'

/**
 * A node's own provider, as `identity` in fdp.yaml names it. The synthetic economy, and it alone, starts one of its own:
 * a node with one tenant that is not made up gets no provider that lets anybody in.
 */
export function openSignIn(node: FdpNode): SignIn {
  let demo: DemoProvider | null = null
  const isDemo = node.config.identity.issuer === '' && isMadeUp(node)
  return {
    async open(origin) {
      if (node.config.identity.issuer !== '') return await ownProvider(node)
      if (!isDemo) return null
      demo = await openDemo(node, origin)
      await keepSecret(join(node.home, serviceFile), demo.services[0]!)
      await keepSecret(join(node.home, applicationFile), demo.services[1]!)
      return await identityAt(node, demo.issuer, demo.client.id, demo.client.secret)
    },
    says() {
      if (demo === null)
        return isDemo || node.config.identity.issuer !== '' ? '' : '  nobody can sign in: no `identity` in fdp.yaml\n'
      return `  sign in as one of the made-up people, at ${demo.issuer}\n  a service’s client is in ${join(node.home, serviceFile)}, an application’s in ${applicationFile}\n`
    },
    async close() {
      if (demo === null) return
      await demo.close()
      for (const file of [serviceFile, applicationFile]) await rm(join(node.home, file), { force: true })
    },
  }
}

function isMadeUp(node: FdpNode): boolean {
  return isEconomy(node) && [...node.tenants.values()].every(({ profile }) => profile.synthetic)
}

async function ownProvider(node: FdpNode): Promise<Identity> {
  const { issuer, clientId, clientSecretFile } = node.config.identity
  return await identityAt(node, issuer, clientId, await readSecret(resolve(node.home, clientSecretFile)))
}

/** Loaded when a node serves: a command does without. */
async function identityAt(node: FdpNode, issuer: string, clientId: string, clientSecret: string): Promise<Identity> {
  const { openIdentityOidc } = await import('#adapters/identity-oidc')
  const { subjectClaim, audience } = node.config.identity
  const { clock, random } = node.adapters
  return openIdentityOidc({ issuer, clientId, clientSecret, subjectClaim, audience, clock, random })
}

async function readSecret(path: string): Promise<string> {
  const { identityErrors } = await import('#adapters/identity-oidc')
  const found = await stat(path).catch(() => null)
  if (!found?.isFile())
    throw identityErrors('FDP_IDENTITY_SETTINGS', { what: '`identity.clientSecretFile` is not there' })
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw identityErrors('FDP_IDENTITY_SETTINGS', {
      what: '`identity.clientSecretFile` can be read by others than its owner',
    })
  }
  return readFileSync(path, 'utf8').trim()
}

/** The provider of the synthetic economy: everybody of its plan, and two programs of the first trust. */
export async function openDemo(node: FdpNode, origin: string, tokenSeconds = 300): Promise<DemoProvider> {
  const { openDemoProvider } = await import('#adapters/provider-oidc')
  const plans = economyPlan().filter(({ id }) => node.tenants.has(id))
  const people = plans.flatMap(({ name, officers, people }) =>
    [...officers, ...people].map((person) => ({
      subject: person.id,
      name: person.name,
      role: person.role,
      organisation: name,
    })),
  )
  const isProgram = ({ role }: { readonly role: string }) => /\bservice\b/i.test(role)
  return await openDemoProvider({
    ...{ accounts: people.filter((person) => !isProgram(person)), random: node.adapters.random, tokenSeconds },
    ...{ redirectUris: [`${origin}/sign-in/callback`], signedOutUris: [`${origin}/`] },
    ...{ audience: node.config.identity.audience },
    services: [
      {
        id: 'nightly-feed',
        subject: people.find(({ subject }) => subject.startsWith('nightly.feed@'))?.subject ?? 'nobody',
        purposes: plans[0]?.purposes.map(({ id }) => id) ?? [],
      },
      // In post once `fdp synth every-type` has been run.
      {
        id: 'ontology-application',
        subject: application.personOf(plans[0]?.id ?? 'nowhere'),
        purposes: [application.purpose],
      },
    ],
  })
}

async function keepSecret(path: string, client: DemoClient): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, `${JSON.stringify(client, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
}
