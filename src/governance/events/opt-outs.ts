import { Type } from '@sinclair/typebox'
import { whyNotApprover } from '../entitlement.ts'
import { TextSchema } from '../vocabulary.ts'
import { defineEvent } from './definition.ts'

/** A controller may take people who opted out from more uses than the rule asks for, never from fewer. Public. */
export const optOutsSet = defineEvent(
  { stricter: Type.Boolean(), reason: TextSchema },
  {
    what: 'set how strictly opt-outs are kept',
    whyNotEntitled: (state, event, at) => whyNotApprover(state, event.by, at),
    apply: (state, { stricter }) => ({ ...state, stricterOptOuts: stricter }),
  },
)
