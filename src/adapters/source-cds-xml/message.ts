import { limits } from '#kernel'

/** Why a message is set aside. Fixed words. */
export type MessageFault =
  | 'a message without a CDS type'
  | 'more repeats than there are columns for'
  | 'text between elements'
  | 'a row that is too long'

/** One message, taken apart: its CDS type, and the value of each path of elements below it. */
export interface Message {
  readonly type: string | null
  readonly values: ReadonlyMap<string, string>
  readonly fault: MessageFault | null
}

/** Of one element within its parent. The Secondary Uses Service keeps fewer of any. */
const repeatsMax = 50
const valuesMax = 5_000
const charactersMax = 4 * limits.fieldCharactersMax

interface Open {
  readonly path: string
  /** How often each name has come within it. */
  readonly children: Map<string, number>
  text: string
}

/** Nothing is kept of a message that is set aside already. */
const lost: Open = { path: '', children: new Map(), text: '' }

/**
 * Takes one message apart as its elements come. A path is the names below the message, joined by `.`; the second of a
 * name within its parent is `name[2]`, and an attribute `@name`, but for those of the message itself.
 */
export class MessageTaker {
  readonly #values = new Map<string, string>()
  readonly #stack: Open[]
  readonly #attributeType: string | null
  #fault: MessageFault | null = null
  #characters = 0

  constructor(attributes: Readonly<Record<string, string>>) {
    this.#stack = [{ path: '', children: new Map(), text: '' }]
    this.#attributeType = attributes.CDSTypeCode ?? null
    this.#keepAttributes('', attributes)
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    const parent = this.#stack.at(-1)!
    this.#refuseText(parent)
    if (this.#fault) {
      this.#stack.push(lost)
      return
    }
    const repeat = (parent.children.get(name) ?? 0) + 1
    parent.children.set(name, repeat)
    if (repeat > repeatsMax) this.#fault ??= 'more repeats than there are columns for'
    const step = repeat === 1 ? name : `${name}[${repeat}]`
    const path = parent.path === '' ? step : `${parent.path}.${step}`
    this.#count(path.length)
    this.#stack.push({ path, children: new Map(), text: '' })
    this.#keepAttributes(`${path}.@`, attributes)
  }

  text(text: string): void {
    const open = this.#stack.at(-1)!
    this.#count(text.length)
    if (!this.#fault) open.text += text
  }

  close(): void {
    const open = this.#stack.pop()!
    if (open.children.size > 0) this.#refuseText(open)
    else this.#keep(open.path, open.text)
  }

  /** Once the message itself has ended. */
  end(): Message {
    this.#refuseText(this.#stack[0]!)
    const type = this.#attributeType ?? this.#ofHeader('CDSTypeCode') ?? null
    if (type === null) this.#fault ??= 'a message without a CDS type'
    return { type, values: this.#values, fault: this.#fault }
  }

  #ofHeader(name: string): string | undefined {
    for (const [path, value] of this.#values)
      if (/^CDSTransactionHeader[^.]*\./.test(path) && path.endsWith(`.${name}`)) return value
  }

  #keepAttributes(prefix: string, attributes: Readonly<Record<string, string>>): void {
    for (const name in attributes) {
      const isOfXml = name.includes(':') || name === 'xmlns'
      if (!isOfXml) this.#keep(`${prefix}${name}`, attributes[name]!)
    }
  }

  #keep(path: string, value: string): void {
    if (value === '' || this.#fault) return
    this.#values.set(path, value)
    if (this.#values.size > valuesMax) this.#fault = 'a row that is too long'
  }

  /** What is held for the message: values, and paths, of elements without a value too. */
  #count(characters: number): void {
    this.#characters += characters
    if (this.#characters > charactersMax) this.#fault ??= 'a row that is too long'
  }

  #refuseText(open: Open): void {
    if (/\S/.test(open.text)) this.#fault ??= 'text between elements'
    if (open.text !== '') open.text = ''
  }
}
