import type { ObjectType, Property } from '#contracts'
import { addDays, type DateOnly } from '#kernel'
import type { Chance } from '../chance.ts'
import type { Fields } from './drawn-row.ts'

/*
 * Dates that follow each other as they do in life: what is asked for comes before what is booked, that before what
 * happens, and that before what is reported or closed; what is due lies ahead.
 */

/** Days after the row's first day, by what the column is called; the first that fits. */
const stages: readonly (readonly [RegExp, number | 'now' | 'ahead'])[] = [
  [/refresh/i, 'now'],
  [/breach|^due|DueDate|expir|next|planned|tci|estimated|latestClin|reasonableOffer|sixWeek/i, 'ahead'],
  [/end|discharge|departure|closed|completion|authorised|remov|return|updated|revert|cancel|sent/i, 36],
  [/report|treatment|readyFor|lastAppointment|lastOpa/i, 30],
  [/start|arrival|admission|attend|taken|from|procedure|diagnosis|recorded|seen/i, 18],
  [/accepted|booked|prepared|informed|scheduled|adjusted|assess/i, 9],
]
const daysBeforeMin = 45
const daysBeforeRange = 640
/** What happens within one day, half of it still to come. */
const sessions = [
  'ClinicSession',
  'ClinicSlot',
  'TheatreSession',
  'TheatreBooking',
  'StaffUnavailability',
  'Appointment',
]

/** The day that the dates of row `n` are counted from. */
export function firstDay(type: ObjectType, today: DateOnly, chance: Chance): DateOnly {
  if (sessions.includes(type.name)) return addDays(today, chance.below(120) - 60)
  return addDays(today, -daysBeforeMin - chance.below(daysBeforeRange))
}

export function drawnDay(
  type: ObjectType,
  { name, type: kind }: Property,
  of: { first: DateOnly; today: DateOnly; chance: Chance },
): string {
  const { first, today, chance } = of
  const stage = stages.find(([pattern]) => pattern.test(name))?.[1] ?? 0
  const isSession =
    sessions.includes(type.name) && /^(date|slotDate|theatreSessionDate|dateOfLeave)$|start|end/i.test(name)
  const rtt = /^rtt|Breach/.test(name)
  if (isSession && !rtt) return moment(kind, first, /end/i.test(name) ? 12 : 9, chance)
  if (stage === 'now') return moment(kind, today, 4, chance)
  if (stage === 'ahead') return moment(kind, addDays(today, 1 + chance.below(120)), 10, chance)
  const from = rtt || sessions.includes(type.name) ? addDays(today, -daysBeforeMin - chance.below(300)) : first
  return moment(kind, addDays(from, stage + chance.below(8)), 8 + Math.trunc(stage / 6), chance)
}

function moment(kind: Property['type'], day: DateOnly, hour: number, chance: Chance): string {
  if (kind === 'date') return day
  return `${day}T${String(hour).padStart(2, '0')}:${String(5 * chance.below(12)).padStart(2, '0')}:00Z`
}

/** Holds a row to the contract's rules of order and of days not yet come. */
export function keepOrder(type: ObjectType, row: Fields, today: DateOnly): void {
  for (const rule of type.rules) {
    if (rule.rule === 'date.future' && (row[rule.property] ?? '').slice(0, 10) > today) row[rule.property] = ''
  }
  for (const rule of type.rules) {
    if (rule.rule !== 'date.order') continue
    const [earlier, later] = [row[rule.earlier], row[rule.later]]
    if (earlier && later && later < earlier) row[rule.later] = earlier
  }
}
