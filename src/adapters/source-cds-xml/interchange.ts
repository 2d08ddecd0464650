import { cdsErrors } from './errors.ts'
import { type Message, MessageTaker } from './message.ts'
import { type XmlTaker, xmlInto } from './xml-events.ts'

const versions = /^6-[23](-\d+)*$/

/**
 * The messages of an interchange, in order, a list for each piece of bytes. Throws FDP_CDS_NOT_ONE, FDP_CDS_COUNT, and what
 * reading XML throws; the count is known at the end only.
 */
export async function* messagesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Message[]> {
  const interchange = new Interchange()
  for await (const _ of xmlInto(interchange, bytes)) {
    const messages = interchange.taken()
    if (messages.length > 0) yield messages
  }
  interchange.end()
}

/** Root → header, messages, trailer. What stands in a message is for a MessageTaker. */
class Interchange implements XmlTaker {
  #depth = 0
  #part = ''
  #field = ''
  #fields = new Map<string, string>()
  #message: MessageTaker | null = null
  #messages: Message[] = []
  #count = 0

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#depth++
    if (this.#depth === 1) this.#root(name, attributes)
    else if (this.#depth === 2) this.#startPart(name, attributes)
    else if (this.#message) this.#message.open(name, attributes)
    else this.#field = `${this.#part}.${name}`
  }

  text(text: string): void {
    if (this.#message) this.#message.text(text)
    else if (this.#depth === 3) this.#take(text)
    else if (/\S/.test(text)) throw cdsErrors('FDP_CDS_XML', { problem: 'text between its messages' })
  }

  close(): void {
    this.#depth--
    if (this.#message && this.#depth >= 2) this.#message.close()
    else if (this.#message) {
      this.#messages.push(this.#message.end())
      this.#message = null
      this.#count++
    }
  }

  taken(): readonly Message[] {
    const messages = this.#messages
    this.#messages = []
    return messages
  }

  end(): void {
    const said = this.#fields.get('CDSInterchangeTrailer.CDSInterchangeControlCount')
    if (said === undefined)
      throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'it has no trailer that counts its messages' })
    if (!/^\d{1,9}$/.test(said))
      throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'its trailer has no number of messages' })
    if (Number(said) !== this.#count) throw cdsErrors('FDP_CDS_COUNT', { said: Number(said), found: this.#count })
    const [header, trailer] = ['Header', 'Trailer'].map((part) =>
      this.#fields.get(`CDSInterchange${part}.CDSInterchangeControlReference`),
    )
    if (header === undefined || header !== trailer)
      throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'its trailer belongs to another header' })
  }

  #root(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name !== 'CDS-XMLInterchange') throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'it begins with another element' })
    if (!versions.test(attributes.SchemaVersion ?? ''))
      throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'it is not of version 6-2 or 6-3' })
  }

  #startPart(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#part = name
    if (name === 'CDSInterchangeHeader' || name === 'CDSInterchangeTrailer') {
      if (this.#fields.has(name)) throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'it has two headers or trailers' })
      this.#fields.set(name, '')
    } else if (this.#fields.has('CDSInterchangeTrailer'))
      throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'something follows its trailer' })
    else this.#message = new MessageTaker(attributes)
  }

  /** Only a few short ones are there. */
  #take(text: string): void {
    const value = (this.#fields.get(this.#field) ?? '') + text
    if (value.length > 1_000 || this.#fields.size > 100)
      throw cdsErrors('FDP_CDS_XML', { problem: 'a header or trailer that is too long' })
    if (this.#field !== '') this.#fields.set(this.#field, value)
  }
}
