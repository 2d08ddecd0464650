import { defineErrors } from '#kernel'

export const parquetErrors = defineErrors({
  FDP_PARQUET_TOO_LARGE: {
    status: 422,
    message: 'the file, or what has to be unpacked of it at one time, has more than {max} bytes',
    help: 'send it in several submissions, or write it with smaller row groups',
  },
  FDP_PARQUET_DAMAGED: {
    status: 422,
    message: 'the file is no Parquet, cut off or damaged{place}',
    help: 'write it anew and send it again whole',
  },
  FDP_PARQUET_ENCRYPTED: {
    status: 422,
    message: 'the file is encrypted',
    help: 'send it without: it is encrypted here before it is kept',
  },
  FDP_PARQUET_COLUMN: {
    status: 422,
    message: 'column {column} holds {kind}',
    help: 'leave the column out, or write it as text, number, date or timestamp',
  },
  FDP_PARQUET_PACKING: {
    status: 422,
    message: 'column {column} is written in a way that is not read here: {way}',
    help: 'write the file with snappy, gzip, zstd, brotli or no compression, and the ordinary encodings',
  },
  FDP_PARQUET_EXPANDS: {
    status: 422,
    message: 'the file grows beyond {max} bytes when it is unpacked',
    help: 'send it as several files',
  },
})
