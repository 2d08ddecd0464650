import { after, before } from 'node:test'
import { aggregating } from './aggregating.ts'
import { asking } from './asking.ts'
import { changing } from './changing.ts'
import { deriving } from './deriving.ts'
import { figuresOnly } from './figures-only.ts'
import { filtering } from './filtering.ts'
import { linking } from './linking.ts'
import { loading } from './loading.ts'
import { partial } from './partial.ts'
import { pseudonymised } from './pseudonymised.ts'
import { openSuite, type Suite } from './suite.ts'

/*
 * The real client of applications against a node over real HTTP, with every object type published. What must come back is
 * worked out from the published rows in plain JavaScript, never from the node's own answers.
 */
let suite: Suite
before(async () => {
  suite = await openSuite()
})
after(async () => {
  await suite?.[Symbol.asyncDispose]()
})

loading(() => suite)
filtering(() => suite)
linking(() => suite)
deriving(() => suite)
aggregating(() => suite)
partial(() => suite)
pseudonymised(() => suite)
figuresOnly(() => suite)
asking(() => suite)
changing(() => suite)
