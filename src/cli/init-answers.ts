import { parseSubjectId, type SubjectId } from '#kernel'
import { usage } from './errors.ts'
import type { Io } from './io.ts'

/* What `./fdp tenant init` is told by options, and asks for where somebody sits at a terminal. */

export interface Question {
  /** The name of the option, `caldicott-guardian`. */
  readonly option: string
  readonly asks: string
  /** What is wrong with an answer, in words; null if nothing. */
  readonly whyNot?: (answer: string) => string | null
}

const triesMax = 5

/**
 * Every answer by the name of its option. On a terminal what is missing is asked for, and asked again where it is not right;
 * elsewhere one error names all that is missing. FDP_CLI_USAGE.
 */
export async function answersTo(
  questions: readonly Question[],
  options: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<Readonly<Record<string, string>>> {
  const answers: Record<string, string> = {}
  const missing: string[] = []
  for (const question of questions) {
    const given = options[camel(question.option)]
    if (typeof given === 'string') {
      const why = given === '' ? 'it is empty' : (question.whyNot?.(given) ?? null)
      if (why !== null) throw usage(`\`--${question.option}\` is not right: ${why}`, 'tenant init')
      answers[question.option] = given
    } else if (io.ask) answers[question.option] = await askedFor(question, io.ask, io)
    else missing.push(`--${question.option}`)
  }
  if (missing.length > 0) throw usage(`not said: ${missing.join(', ')}`, 'tenant init')
  return answers
}

async function askedFor({ asks, option, whyNot }: Question, ask: NonNullable<Io['ask']>, io: Io): Promise<string> {
  for (let tries = 0; tries < triesMax; tries++) {
    const answer = await ask(`${asks}: `)
    const why = answer === '' ? 'an answer is needed' : (whyNot?.(answer) ?? null)
    if (why === null) return answer
    io.err(`  ${why}\n`)
  }
  throw usage(`\`--${option}\` was not answered`, 'tenant init')
}

export const camel = (option: string) => option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

export interface NamedPerson {
  readonly id: SubjectId
  readonly name: string
}

/** `Carys Owen <carys.owen@trust.example>`: a name, and the id by which the identity provider names the person. */
export function personOf(answer: string): NamedPerson | string {
  const [, name = '', id = ''] = /^\s*([^<>]{1,200}?)\s*<([^<>\s]+)>\s*$/.exec(answer) ?? []
  if (name === '' || id === '') return 'write it as `Carys Owen <carys.owen@trust.example>`'
  try {
    return { name, id: parseSubjectId(id) }
  } catch {
    return id !== id.toLowerCase()
      ? 'ids are in small letters: have the provider send a claim that is'
      : 'the id in <> is written with small letters, digits, `.`, `_` and `-`, and at most one `@`'
  }
}

export const whyNoPerson = (answer: string) => {
  const person = personOf(answer)
  return typeof person === 'string' ? person : null
}
