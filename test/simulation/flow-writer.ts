/**
 * Child of flow-kill.test.ts: submits files to a tenant without end, one line on standard output for each submission
 * that was acknowledged. Arguments: the tenant's folder, and a number that makes this child's files its own.
 */
import { writeSync } from 'node:fs'
import { resume, submit, sweep } from '#flows'
import type { DateOnly } from '#kernel'
import { openFlowTenant, submissionOf } from '../flow-tenant.ts'

const roundsMax = 1_000
const patientsMax = 40
const [folder = '', run = ''] = process.argv.slice(2)
const tenant = await openFlowTenant(folder)
const deps = { ...tenant.deps, acknowledged: (submission: string) => void writeSync(1, `${submission}\n`) }
writeSync(1, 'ready\n')
await resume(deps)
await sweep(deps)
for (let round = 0; round < roundsMax; round++) {
  const patients = Array.from({ length: patientsMax }, (_, i) => {
    const number = i === 0 ? '9990000018' : i === 1 ? '9990000026' : ''
    return `P${i},${number},${number && '01'},Canary-Forename-${run}-${round}-${i}`
  })
  await submit(
    submissionOf('Patient', ['personId,nhsNumber,nhsNumberStatusIndicatorCode,fullName', ...patients, 'P0,,,twice']),
    deps,
  )
  const listed = round % 2 === 0 ? ['9990000018'] : ['9990000018', '9990000026']
  await submit(submissionOf('NationalDataOptOut', ['nhsNumber', ...listed, `no-number-${run}-${round}`]), deps)
  const periods = patients.map((_, i) => `R${i}-${run}-${round},P${i},RJ1,QE1,100,2025-06-01,20`)
  const header = 'rttPeriodId,patientId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,statusCode'
  // Whole in every eighth round, events of one of ten days in the others: small files pile up and become one.
  const about =
    (Number(run) + round) % 8 === 0
      ? {}
      : { mode: 'events' as const, asAt: `2026-02-1${(Number(run) * 3 + round) % 10}` as DateOnly }
  await submit(
    submissionOf('RttPeriod', [header, ...periods, `X-${run}-${round},nobody,RJ1,QE1,100,2025-06-01,20`], about),
    deps,
  )
  await submit(submissionOf('RttPeriod', [`no,header,${run}-${round}`, '1,2,3']), deps)
}
