import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCells } from '#adapters/source-csv'
import { cdsInterchange, cdsMessage, xmlText } from '../../../test/cds-file.ts'
import { cases, fc } from '../../../test/random.ts'
import { readTable, refusalOf } from '../../../test/read-table.ts'
import { cdsXmlReader } from './cds-xml-reader.ts'
import { messagesOf } from './interchange.ts'

const reader = cdsXmlReader(readCells)
const canary = 'Canary-Psi'

async function refused(code: string, file: Buffer, part: string | null = null): Promise<string> {
  const refusal = await refusalOf(reader, file, part)
  assert.equal(refusal.code, code, refusal.said)
  assert.doesNotMatch(refusal.said, /Canary/)
  return refusal.said
}

const identity = (nhsNumber: string) => `<ns:PersonGroupPatient><ns:PatientIdentity>
  <ns:VerifiedIdentity_Structure NHSNumberStatusIndicatorCode="01"><ns:DataElementStructure>
  <ns:NHSNumber>${nhsNumber}</ns:NHSNumber><ns:PersonBirthDate>1950-02-28</ns:PersonBirthDate>
  </ns:DataElementStructure></ns:VerifiedIdentity_Structure></ns:PatientIdentity></ns:PersonGroupPatient>`

const diagnosis = (code: string) => `<ns:EmergencyCareDiagnoses_SnomedCt>
  <ns:EmergencyCareDiagnosis_SnomedCt>${code}</ns:EmergencyCareDiagnosis_SnomedCt>
  </ns:EmergencyCareDiagnoses_SnomedCt>`

const emergency = (nhsNumber: string, codes: readonly string[]) =>
  `<ns:EmergencyCare>${identity(nhsNumber)}
  <ns:AttendanceOccurrence>${codes.map(diagnosis).join('')}</ns:AttendanceOccurrence></ns:EmergencyCare>`

const note = (value: string) => cdsMessage('130', `<ns:Note>${value}</ns:Note>`)

describe('an interchange', () => {
  it('is a row a message, a column a path of elements, with numbers where they repeat', async () => {
    const { table, rejectedRows } = await readTable(
      reader,
      cdsInterchange([
        cdsMessage('011', emergency('9990000018', ['22298006'])),
        cdsMessage('011', emergency('9990000026', ['22298006', '38341003']), { reference: 2 }),
      ]),
    )
    assert.equal(rejectedRows, 0)
    const path = 'EmergencyCare.AttendanceOccurrence.EmergencyCareDiagnoses_SnomedCt'
    const patient = 'EmergencyCare.PersonGroupPatient.PatientIdentity.VerifiedIdentity_Structure'
    const row = {
      CDSTypeCode: '011',
      CDSProtocolIdentifierCode: '010',
      'CDSMessageHeader.CDSMessageType': 'NHSCDS',
      'CDSMessageHeader.CDSMessageReferenceNumber': '1',
      'CDSTransactionHeader_NetChange.CDSTypeCode': '011',
      'CDSTransactionHeader_NetChange.CDSUniqueIdentifier': 'BRJ11',
      'CDSTransactionHeader_NetChange.CDSUpdateType': '9',
      [`${patient}.@NHSNumberStatusIndicatorCode`]: '01',
      [`${patient}.DataElementStructure.NHSNumber`]: '9990000018',
      [`${patient}.DataElementStructure.PersonBirthDate`]: '1950-02-28',
      [`${path}.EmergencyCareDiagnosis_SnomedCt`]: '22298006',
      [`${path}[2].EmergencyCareDiagnosis_SnomedCt`]: null,
    }
    assert.deepEqual(table, [
      row,
      {
        ...row,
        'CDSMessageHeader.CDSMessageReferenceNumber': '2',
        'CDSTransactionHeader_NetChange.CDSUniqueIdentifier': 'BRJ12',
        [`${patient}.DataElementStructure.NHSNumber`]: '9990000026',
        [`${path}[2].EmergencyCareDiagnosis_SnomedCt`]: '38341003',
      },
    ])
  })
  it('of several CDS types is read by one of them, and of version 6-3 as well', async () => {
    const other = cdsMessage('020', '<ns:OutpatientAttendance><ns:A>1</ns:A></ns:OutpatientAttendance>')
    const file = cdsInterchange([note('x'), other, note('y')], { version: '6-3-1' })
    assert.match(await refused('FDP_CDS_TYPES', file), /of 2 CDS types/)
    await refused('FDP_CDS_TYPES', file, '011')
    const { table } = await readTable(reader, file, '130')
    assert.deepEqual(
      table.map((row) => row.Note),
      ['x', 'y'],
    )
    assert.equal((await readTable(reader, file, '020')).rows, 1)
  })
  it('keeps blanks, escapes and sections of text as they stand; empty elements are no value', async () => {
    const { table } = await readTable(
      reader,
      cdsInterchange([note(' a &amp; b '), note('<![CDATA[<c>]]>&#x1F600;'), note(''), note('\n')]),
    )
    assert.deepEqual(
      table.map((row) => row.Note),
      [' a & b ', '<c>😀', null, '\n'],
    )
  })
  it('may come as bytes that can be read once only', async () => {
    const bytes = cdsInterchange([note('x')])
    const taken: string[] = []
    await cdsXmlReader(async ({ header, rows }) => {
      for await (const batch of rows) for (const row of batch) taken.push(JSON.stringify(row))
      return {
        header,
        rows: 1,
        dialect: { encoding: 'utf-8', delimiter: ',', bom: false },
        rejects: [],
        rejectedRows: 0,
      }
    }).read({ bytes: oneOf(bytes), dialect: { encoding: null, delimiter: null }, engine: undefined!, table: 't' })
    assert.equal(taken.length, 1)
  })
})

async function* oneOf(bytes: Uint8Array) {
  yield bytes
}

describe('a message is set aside', () => {
  it('where something repeats more often than there are columns for, and no other is', async () => {
    const many = (count: number) => cdsMessage('011', emergency('9990000018', Array(count).fill(canary)))
    const { rejects, rows, header } = await readTable(reader, cdsInterchange([many(50), many(51), many(1)]))
    assert.deepEqual(rejects, [{ row: 2, column: null, reason: 'more repeats than there are columns for' }])
    assert.equal(rows, 2)
    assert.ok(header.some((name) => name.includes('[50]')) && !header.some((name) => name.includes('[51]')))
  })
  it('with text between its elements, with too much of it, or without a type', async () => {
    const long = `<ns:A>${'x'.repeat(900_000)}</ns:A>`.repeat(5)
    const untyped = note('y').replaceAll(/ CDSTypeCode="130"|<ns:CDSTypeCode>130<.ns:CDSTypeCode>/g, '')
    const mixed = cdsMessage('130', `<ns:Note>${canary}<ns:B>1</ns:B></ns:Note>`)
    const { rejects, table } = await readTable(
      reader,
      cdsInterchange([
        mixed,
        cdsMessage('130', long),
        untyped,
        cdsMessage('130', `${canary}<ns:B>1</ns:B>`),
        note('z'),
      ]),
    )
    assert.deepEqual(
      rejects.map(({ row, reason }) => [row, reason]),
      [
        [1, 'text between elements'],
        [2, 'a row that is too long'],
        [3, 'a message without a CDS type'],
        [4, 'text between elements'],
      ],
    )
    assert.deepEqual(
      table.map((row) => row.Note),
      ['z'],
    )
  })
})

describe('a file is refused', () => {
  it('that is no interchange, is of another version or is not UTF-8', async () => {
    await refused('FDP_CDS_DAMAGED', Buffer.from(`a,b\n${canary},2\n`))
    await refused('FDP_CDS_NOT_ONE', Buffer.from(`<a>${canary}</a>`))
    for (const version of ['6-1', '5', '', canary])
      assert.match(await refused('FDP_CDS_NOT_ONE', cdsInterchange([note(canary)], { version })), /6-2 or 6-3/)
    const latin = '<?xml version="1.0" encoding="windows-1252"?>'
    await refused('FDP_CDS_NOT_ONE', cdsInterchange([note(canary)], { before: latin }))
    const bytes = Buffer.from(cdsInterchange([note(canary)]))
    bytes[bytes.indexOf(canary)] = 0xe9
    await refused('FDP_CDS_DAMAGED', bytes)
  })
  it('whose trailer is missing, counts other messages, or is of another interchange', async () => {
    const messages = [note(canary), note(canary)]
    assert.match(await refused('FDP_CDS_COUNT', cdsInterchange(messages, { count: 3 })), /counts 3 messages, and 2/)
    await refused('FDP_CDS_NOT_ONE', cdsInterchange(messages, { count: canary }))
    await refused('FDP_CDS_NOT_ONE', cdsInterchange(messages, { trailer: '' }))
    const whole = cdsInterchange(messages).toString()
    await refused('FDP_CDS_NOT_ONE', Buffer.from(whole.replace('>0000042<', '>0000043<')))
    await refused('FDP_CDS_NOT_ONE', Buffer.from(whole.replace('</ns:CDS-XML', `${note('x')}</ns:CDS-XML`)))
    await refused('FDP_CDS_TYPES', cdsInterchange([]))
  })
  it('for a document type: entities that grow, or that name a file', async () => {
    const grows = `<!DOCTYPE x [<!ENTITY a "${canary}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`
    for (const before of [grows, '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE x>'])
      await refused('FDP_CDS_XML', cdsInterchange([note('&b;')], { before }))
    await refused('FDP_CDS_DAMAGED', cdsInterchange([note('&b;')]))
  })
  it('for XML that is nested without end, and for a tag or a text that does not end', async () => {
    await refused('FDP_CDS_XML', cdsInterchange([note('<a>'.repeat(100))]))
    await refused('FDP_CDS_XML', cdsInterchange([note(`<a b="${'x'.repeat(5_000_000)}"/>`)]))
    await refused(
      'FDP_CDS_XML',
      cdsInterchange([], { trailer: `<ns:CDSInterchangeTrailer><a>${'x'.repeat(2_000)}</a>` }),
    )
    for (const piece of ['x', '<![CDATA[x]]>', '<b/>', '<!---->']) {
      // Elements without end are taken as they come, and only their end is missed.
      const megabytes = process.env.FDP_TEST_FULL === '1' ? 64 : piece === '<b/>' ? 1 : 6
      const text = Buffer.from(piece.repeat(100_000))
      const stream = async function* () {
        yield Buffer.from('<c:CDS-XMLInterchange SchemaVersion="6-2"><c:M><c:A>')
        for (let given = 0; given < megabytes * 1_000_000; given += text.length) yield text
      }
      await assert.rejects(
        async () => {
          for await (const _ of messagesOf(stream()));
        },
        { code: piece === '<b/>' ? 'FDP_CDS_DAMAGED' : 'FDP_CDS_XML' },
      )
    }
  })
  it('whose messages have more elements than a table has columns', async () => {
    const each = (from: number) =>
      cdsMessage('130', Array.from({ length: 300 }, (_, i) => `<ns:E${from + i}>1</ns:E${from + i}>`).join(''))
    await refused('FDP_CDS_COLUMNS_TOO_MANY', cdsInterchange([0, 300, 600, 900].map(each)))
  })
})

it('every value of random messages is in the table, under its path', async () => {
  const name = fc.constantFrom('A', 'B', 'C')
  const value = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((text) => /^[^\p{Cc}\p{Cs}\ufffe\uffff]+$/u.test(text))
  const { element } = fc.letrec<{ element: string; children: string }>((tie) => ({
    element: fc.oneof(
      { depthSize: 'small' },
      fc.tuple(name, value).map(([tag, text]) => `<${tag}>${xmlText(text)}</${tag}>`),
      fc.tuple(name, tie('children')).map(([tag, inside]) => `<${tag}>${inside}</${tag}>`),
    ),
    children: fc.array(tie('element'), { minLength: 1, maxLength: 4 }).map((elements) => elements.join('')),
  }))
  await fc.assert(
    fc.asyncProperty(fc.array(element, { minLength: 1, maxLength: 5 }), async (bodies) => {
      const file = cdsInterchange(bodies.map((body) => cdsMessage('130', body)))
      const found: string[] = []
      for await (const messages of messagesOf(oneOf(file)))
        for (const { values, fault } of messages) {
          assert.equal(fault, null)
          found.push(...[...values].filter(([path]) => /^[ABC]\b/.test(path)).map(([, text]) => xmlText(text)))
        }
      const told = bodies.flatMap((body) => [...body.matchAll(/>([^<]+)</g)].map(([, text]) => text))
      assert.deepEqual(found, told)
    }),
    cases(50, 2_000),
  )
})
