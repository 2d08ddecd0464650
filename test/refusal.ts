import assert from 'node:assert/strict'
import { isFdpError } from '#kernel'

/** The code with which something is refused, in an error without a canary; `nothing` where it is not. Other errors pass. */
export async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (!isFdpError(error)) throw error
    assert.doesNotMatch(JSON.stringify(error), /Canary/)
    return error.code
  }
  return 'nothing'
}
