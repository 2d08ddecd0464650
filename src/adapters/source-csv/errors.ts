import { defineErrors } from '#kernel'

export const csvErrors = defineErrors({
  FDP_SOURCE_CHANGED: {
    status: 409,
    message: '`{name}` changed while it was being read',
    help: 'wait until the file is complete, then submit it again',
  },
  FDP_SOURCE_MISSING: {
    status: 404,
    message: '`{name}` cannot be opened for reading',
    help: 'check the path and that you may read the file',
  },
  FDP_CSV_EMPTY: {
    status: 422,
    message: 'the file has no header',
    help: 'send a delimited file whose first line names the columns',
  },
  FDP_CSV_ENCODING: {
    status: 422,
    message: 'byte {offset} is not {encoding}',
    help: 'save the file as UTF-8, or name its encoding: `encoding: windows-1252`, `utf-16le` or `utf-8`',
  },
  FDP_CSV_HEADER_NAME_EMPTY: {
    status: 422,
    message: 'column {column} of the header has no name',
    help: 'name the column, or remove it and the delimiter before it from every row',
  },
  FDP_CSV_HEADER_NAME_TWICE: {
    status: 422,
    message: 'columns {first} and {second} of the header have the same name',
    help: 'rename one of them; letter case and padding make no difference',
  },
  FDP_CSV_HEADER_NAME_RESERVED: {
    status: 422,
    message: 'column {column} of the header has a name that the reader uses itself or that is not text',
    help: 'rename the column; `_row` is reserved',
  },
  FDP_CSV_NO_SUCH_HEADER: {
    status: 422,
    message: 'none of the first {max} lines has all the names by which the header is known',
    help: 'compare the file with the `header` of the mapping',
  },
  FDP_CSV_HEADER_TOO_LONG: {
    status: 422,
    message: 'the header does not end within {max} bytes',
    help: 'check that the file is delimited text and that no quote of the header is left open',
  },
  FDP_CSV_COLUMNS_TOO_MANY: {
    status: 422,
    message: 'the header has {columns} columns, more than {max}',
    help: 'split the file by columns',
  },
  FDP_CSV_QUOTE_OPEN: {
    status: 422,
    message: 'a quote that opens in row {row}, column {column} is never closed',
    help: 'the file may be cut off: send it again whole, or close the quote; quotes inside a field are doubled',
  },
  FDP_CSV_REJECTS_TOO_MANY: {
    status: 422,
    message: 'more than {max} rows cannot be taken apart, the last of them row {row}',
    help: 'check the delimiter and the quotes; name the delimiter in the dialect if it was found out wrongly',
  },
  FDP_CSV_UNACCOUNTED: {
    status: 500,
    message: 'the engine read {read} of {expected} rows',
    help: 'nothing was kept; report this with the dialect of the file',
  },
})
