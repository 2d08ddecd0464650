import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPolicyEngine, shippedPolicyFiles } from './index.ts'

const shipped = shippedPolicyFiles()
const refuses = (what: string, extra: string, problem: RegExp) =>
  test(`refused at start: ${what}`, async () => {
    const files = { ...shipped, policies: `${shipped.policies}\n${extra}` }
    await assert.rejects(openPolicyEngine(files), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'FDP_GOVERNANCE_POLICY_INVALID')
      assert.match(error.message, problem)
      return true
    })
  })

const head = '@id("x")\n@says("x")\n@help("x")\nforbid (principal, action, resource)'
refuses('text that is no policy', 'forbid everything;', /policies/)
refuses('an attribute that the schema does not have', `${head} when { principal.surname == "x" };`, /surname/)
refuses('a policy without plain words', '@id("x") forbid (principal, action, resource);', /@says/)
refuses('a forbid without advice', '@id("x") @says("x") forbid (principal, action, resource);', /@help/)
refuses('two policies of one name', `${head.replace('"x"', '"clock"')};`, /same @id/)
refuses(
  'a policy that calculates',
  `${head} when { context.grant.days + context.grant.days > context.grant.days };`,
  /calculate/,
)
refuses('a policy with a number in it', `${head} when { context.now > 5 };`, /calculate/)
refuses('a policy that matches a pattern', `${head} when { context.purpose like "care*" };`, /patterns/)

test('the shipped policies say in plain words what they are, and permit through a grant only', async () => {
  const { policies, sha256 } = await openPolicyEngine(shipped)
  assert.deepEqual(
    policies.filter((policy) => policy.effect === 'permit').map((policy) => policy.id),
    ['read-through-a-grant', 'submit-through-a-grant', 'edit-through-a-grant'],
  )
  for (const policy of policies) assert.match(policy.says, /^[a-z].*[^.]$/)
  assert.match(sha256, /^[0-9a-f]{64}$/)
})

test('a request that a policy cannot read is refused, not let through for want of a policy', async () => {
  const engine = await openPolicyEngine(shipped)
  const holder = { type: 'Person', id: 'ann' }
  const grant = { type: 'Grant', id: 'g' }
  const dataSet = { type: 'DataSet', id: 'RttPeriod' }
  const attrs = { holder: { __entity: holder }, dataSet: { __entity: dataSet }, action: 'read' }
  const answer = engine.ask({
    principal: holder,
    action: { type: 'Action', id: 'read' },
    resource: dataSet,
    context: { grant: { __entity: grant } },
    entities: [{ uid: grant, attrs, parents: [] }],
  })
  assert.deepEqual([answer.allowed, answer.policies.map((policy) => policy.id)], [false, ['policy-error']])
})
