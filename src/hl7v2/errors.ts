import { defineErrors } from '#kernel'

/** `{place}` is a position such as `segment 3 (PID), field 5, component 2`; `{problem}` is one of our own sentences. */
export const hl7Errors = defineErrors({
  FDP_HL7_EMPTY: {
    status: 422,
    message: 'there is no message: no bytes came',
    help: 'send a message that begins with MSH',
  },
  FDP_HL7_TOO_LARGE: {
    status: 413,
    message: 'more than {max} {what}',
    help: 'send documents apart from messages, and large batches in parts',
  },
  FDP_HL7_HEADER: {
    status: 422,
    message: '{place}: {problem}',
    help: 'begin with MSH, its field separator and two to five different encoding characters, as in `MSH|^~\\&|`',
  },
  FDP_HL7_VERSION: {
    status: 422,
    message: '{place}: not a version of HL7 v2',
    help: 'send versions 2.1 to 2.9; HL7 v3 and FHIR are other formats',
  },
  FDP_HL7_CHARSET: {
    status: 422,
    message: '{place}: {problem}',
    help: 'send UTF-8 and say `UNICODE UTF-8` in MSH-18, or `ASCII` or `8859/1`',
  },
  FDP_HL7_ENCODING: {
    status: 422,
    message: '{place}: byte {offset} of the message is not {encoding}',
    help: 'name the character set that is really sent in MSH-18; without one it is UTF-8',
  },
  FDP_HL7_CHARACTER: {
    status: 422,
    message: '{place}: a control character or a line end that is not the one of this message',
    help: 'end every segment as the first one ends, and write line breaks within a value as `\\.br\\`',
  },
  FDP_HL7_SEGMENT: {
    status: 422,
    message: '{place}: {problem}',
    help: 'begin each segment with its name, a capital letter and two capital letters or digits, and the field separator',
  },
  FDP_HL7_ESCAPE: {
    status: 422,
    message: '{place}: {problem}',
    help: 'write the escape character within a value as `\\E\\`',
  },
  FDP_HL7_FIELD: {
    status: 422,
    message: '{place}: {problem}',
    help: 'compare the field with the definition of its segment in the version that MSH-12 names',
  },
  FDP_HL7_TIME: {
    status: 422,
    message: '{place}: not a date or time of HL7',
    help: 'write YYYYMMDDHHMMSS, left out from the right as far as nothing is known, and the zone as +0100',
  },
  FDP_HL7_EVENT: {
    status: 422,
    message: '{place}: {problem}',
    help: 'send the events that are read here: A01 to A13, A28, A31, A40, S12 to S26, ORU R01, REF I12 to I14, one patient a message',
  },
  FDP_HL7_BATCH: {
    status: 422,
    message: 'segment {segment} of the file: {problem}',
    help: 'send FHS, then BHS, messages and BTS, then FTS; the counts in BTS-1 and FTS-1 are of what was sent',
  },
})
