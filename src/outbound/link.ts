import type { MessageLanguage, MessageSender, OpenMessageSender, SendOptions } from '#ports'
import type { OutboundRoute } from './declaration.ts'

/** One system that is sent to. */
export interface OutboundLink {
  /** FDP_MLLP_UNREACHABLE, so that no record is read for a system that is not there. */
  reach(): Promise<void>
  /** The code that it accepted with. FDP_MLLP_REFUSED with its code, FDP_MLLP_UNANSWERED, FDP_MLLP_UNREACHABLE. */
  send(message: Uint8Array): Promise<string>
  close(): Promise<void>
}

const connectMsMax = 10_000

/**
 * Sends each message once: whether and when it is sent again is for the queue to say. AR ends a message as AE does: both are
 * for a person to look at.
 */
export function openOutboundLink(
  { host, port, answerSeconds }: OutboundRoute,
  tls: SendOptions['tls'],
  language: MessageLanguage,
  open: OpenMessageSender,
): OutboundLink {
  let code = ''
  const verdict: MessageLanguage['verdict'] = (sent, answer) => {
    const given = language.verdict(sent, answer)
    code = given.code
    return given.says === 'later' ? { ...given, says: 'refused' } : given
  }
  const waits = { attemptsMax: 1, waitMs: 0, waitMsMax: 0, connectMsMax, answerMsMax: answerSeconds * 1_000 }
  const sender: MessageSender = open({ host, port, tls, language: { ...language, verdict }, ...waits })
  return {
    reach: () => sender.reach(),
    async send(message) {
      await sender.send(message)
      return code
    },
    close: () => sender.close(),
  }
}
