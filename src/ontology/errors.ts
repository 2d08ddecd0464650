import { defineErrors } from '#kernel'

export const ontologyErrors = defineErrors({
  FDP_ONTOLOGY_FILTER: {
    status: 400,
    message: 'the filter cannot be read at `{at}`',
    help: 'write `property=value`, `property!=value`, `property<value`, `property>=value`, `property in a|b|c` or `property is null`, one `--where` each',
  },
  FDP_ONTOLOGY_LIMIT: {
    status: 400,
    message: '{what} is limited to {max}',
    help: 'ask for less, or read page by page',
  },
})
