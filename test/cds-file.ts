const namespace = 'http://www.nhsia.nhs.uk/DataStandards/XMLschema/CDS/ns'

export const xmlText = (value: string) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\r', '&#13;')

/** A message around what is given, which is XML. Everything may be told wrongly. */
export function cdsMessage(
  type: string,
  body: string,
  more: { readonly reference?: number; readonly update?: string } = {},
): string {
  const { reference = 1, update = '9' } = more
  return `<ns:CDSNetChange-All-MessageTypes CDSTypeCode="${type}" CDSProtocolIdentifierCode="010">
  <ns:CDSMessageHeader><ns:CDSMessageType>NHSCDS</ns:CDSMessageType>
    <ns:CDSMessageReferenceNumber>${reference}</ns:CDSMessageReferenceNumber></ns:CDSMessageHeader>
  <ns:CDSTransactionHeader_NetChange><ns:CDSTypeCode>${type}</ns:CDSTypeCode>
    <ns:CDSUniqueIdentifier>BRJ1${reference}</ns:CDSUniqueIdentifier>
    <ns:CDSUpdateType>${update}</ns:CDSUpdateType></ns:CDSTransactionHeader_NetChange>
  ${body}
</ns:CDSNetChange-All-MessageTypes>`
}

interface InterchangeParts {
  readonly version?: string
  readonly count?: number | string
  readonly trailer?: string
  readonly before?: string
}

/** An interchange of these messages, as CDS-XML 6-2 has it. */
export function cdsInterchange(messages: readonly string[], parts: InterchangeParts = {}): Buffer {
  const { version = '6-2-3', count = messages.length, before = '<?xml version="1.0" encoding="UTF-8"?>' } = parts
  const trailer =
    parts.trailer ??
    `<ns:CDSInterchangeTrailer><ns:CDSInterchangeControlReference>0000042</ns:CDSInterchangeControlReference>
  <ns:CDSInterchangeControlCount>${count}</ns:CDSInterchangeControlCount></ns:CDSInterchangeTrailer>`
  return Buffer.from(`${before}
<ns:CDS-XMLInterchange xmlns:ns="${namespace}" SchemaVersion="${version}" SchemaDate="2012-05-11">
<ns:CDSInterchangeHeader><ns:CDSInterchangeSenderIdentity>RJ1</ns:CDSInterchangeSenderIdentity>
  <ns:CDSInterchangeControlReference>0000042</ns:CDSInterchangeControlReference></ns:CDSInterchangeHeader>
${messages.join('\n')}
${trailer}
</ns:CDS-XMLInterchange>`)
}
