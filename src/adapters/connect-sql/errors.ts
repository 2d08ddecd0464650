import { defineErrors } from '#kernel'

export const sqlErrors = defineErrors({
  FDP_SQL_AWAY: {
    status: 503,
    message: 'the database is away, busy, or broke off ({what})',
    help: 'check host and port, and that the database runs and lets this machine in; it is asked again by itself',
  },
  FDP_SQL_TLS: {
    status: 503,
    message: 'the database offers no TLS, or a certificate that cannot be verified ({what})',
    help: 'name the authority that signed its certificate as `caFile`, and the host as the certificate has it',
  },
  FDP_SQL_SIGN_IN: {
    status: 503,
    message: 'the database does not let the user in ({what})',
    help: 'check user, database, and the file with the password',
  },
  FDP_SQL_TIME_LIMIT: {
    status: 503,
    message: 'the database took longer than {seconds} seconds to {what}',
    help: 'ask for less, or at a quieter time, or raise `{setting}` of the connection',
  },
  FDP_SQL_STATEMENT: {
    status: 422,
    message: 'the database does not take the statement ({what})',
    help: 'run it by hand as the same user: one statement that only reads (SELECT or WITH), of tables that this user may read; PostgreSQL wants the type of a parameter said: `:since::timestamptz`',
  },
  FDP_SQL_PARAMETER: {
    status: 422,
    message: 'the statement holds a parameter that nothing is known of, in line {line}',
    help: 'only `:day` and `:since` stand for something; write a colon otherwise in quotes',
  },
  FDP_SQL_INCREMENT: {
    status: 422,
    message: 'the lines at the head of a statement for changes are not as they should be: {what}',
    help: 'begin it with `-- key: <columns>`, `-- changed: <column>`, and if wanted `-- deleted: <column>`, `-- whole: <weekday>`',
  },
  FDP_SQL_INCREMENT_COLUMN: {
    status: 422,
    message: 'the answer has no column of the name that the line `{line}` gives',
    help: 'select the column in the statement under that name',
  },
  FDP_SQL_WATERMARK: {
    status: 422,
    message: 'the last answer holds something in the column of `changed` that is no date, time or whole number',
    help: 'name a column that grows with every change; a version in bytes can be selected as a number',
  },
  FDP_SQL_NOTHING: {
    status: 422,
    message: 'everything was asked for, and nothing came',
    help: 'where `:since` is null everything is wanted: write `:since IS NULL OR <column> >= :since`',
  },
  FDP_SQL_CHANGES_TOO_MANY: {
    status: 422,
    message: 'more than {max} rows have changed',
    help: 'ask for everything: leave out `:since`, or name this weekday as `-- whole: <weekday>`',
  },
  FDP_SQL_COLUMNS: {
    status: 422,
    message: 'the answer has {columns} columns; 1 to {max} can be read',
    help: 'select fewer columns, or some',
  },
  FDP_SQL_COLUMN_NAME: {
    status: 422,
    message:
      'column {column} has no name, or one that may be a value: names are of letters, digits, `_`, space and hyphen, with at most five digits in a row',
    help: 'give it a name in the statement: `AS some_name`',
  },
  FDP_SQL_COLUMN_TWICE: {
    status: 422,
    message: 'columns {first} and {second} have the same name',
    help: 'give one of them another name in the statement with `AS`; letter case makes no difference',
  },
  FDP_SQL_COLUMN_TYPE: {
    status: 422,
    message: 'column {column} is of a type that has no text: {type}',
    help: 'leave it out, or make text of it in the statement',
  },
  FDP_SQL_DIGITS: {
    status: 422,
    message: 'column {column} holds a number of more digits than can be read exactly',
    help: 'make text of it in the statement: `CONVERT(varchar(50), <column>)`, for money `CONVERT(varchar(50), <column>, 2)`',
  },
  FDP_SQL_ENCODING: {
    status: 422,
    message: 'the database does not know in which encoding its texts are (SQL_ASCII)',
    help: 'have it send UTF-8: this connection cannot tell one character from another',
  },
})
