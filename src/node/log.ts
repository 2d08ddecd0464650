import { type Logger as Pino, pino } from 'pino'

/** Structured lines for operators. Names are OpenTelemetry's; no line holds a patient's value or a whole address. */
export type Log = Pick<Pino, 'error' | 'warn' | 'info' | 'debug'>

export function openLog(level: string, to: { write(text: string): unknown }): Log {
  return pino(
    {
      level,
      base: { 'service.name': 'openfdp' },
      messageKey: 'body',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ severity_text: label.toUpperCase() }) },
    },
    { write: (text: string) => void to.write(text) },
  )
}
