/**
 * Interchanges of the Commissioning Data Sets, CDS-XML 6-2 and 6-3, as a TabularReader: the messages of one CDS type, a row
 * each, a column for each path of elements that the file has.
 *
 * Promises: no element with a value is left out: what has no place in a flat row sets the message aside; what repeats stands
 * in numbered columns up to a limit; the count of messages in the trailer must be so. One message is held at a time. The
 * file is read twice: once for its columns.
 * Never: checks a value against the dictionary, follows a document type, an entity or a link, or puts a value into an error.
 */
export { cdsXmlReader } from './cds-xml-reader.ts'
export { cdsErrors } from './errors.ts'
