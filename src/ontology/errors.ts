import { defineErrors } from '#kernel'

export const ontologyErrors = defineErrors({
  FDP_ONTOLOGY_FILTER: {
    status: 400,
    message: 'the filter cannot be read at `{at}`',
    help: 'write `property=value`, `property!=value`, `property<value`, `property>=value`, `property in a|b|c` or `property is null`, one `--where` each',
  },
  FDP_ONTOLOGY_QUERY: {
    status: 400,
    message: 'the query is not complete or not clear: {what}',
    help: 'name at least one property to select, a whole number of rows from 1, and for each result a name of its own of letters, digits and `_`, beginning with a letter',
  },
  FDP_ONTOLOGY_AGGREGATION: {
    status: 400,
    message: '`{type}` takes numbers, and `{property}` is not one',
    help: 'use count, countDistinct, min or max',
  },
  FDP_ONTOLOGY_LIMIT: {
    status: 400,
    message: '{what} is limited to {max}',
    help: 'ask for less, or read page by page',
  },
})
