/**
 * An identity provider for the synthetic economy: a real OpenID Connect provider (authorisation code with PKCE, client
 * credentials, discovery, signed tokens) on this machine, whose accounts are people who do not exist.
 *
 * Promises: loopback only; its keys and secrets are made at each start and kept in memory; its login page says that the
 * people are made up and that nothing is asked of them; its tokens say that nothing was proved (`acr`).
 * Never: started for a node that holds a tenant which is not synthetic (src/start.ts), or proof of anything.
 */
export {
  type DemoAccount,
  type DemoClient,
  type DemoProvider,
  type DemoProviderInput,
  type DemoService,
  openDemoProvider,
} from './demo-provider.ts'
