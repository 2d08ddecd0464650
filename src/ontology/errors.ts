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
  FDP_ONTOLOGY_OBJECT_TYPE: {
    status: 404,
    message: 'there is no object type `{objectType}`',
    help: 'list the object types of the ontology; `./fdp access explain` says what is missing to see one',
  },
  FDP_ONTOLOGY_PROPERTY: {
    status: 404,
    message: 'object type `{objectType}` has no property `{property}`',
    help: 'read the full metadata of the object type; `./fdp access explain` says what is missing to see a property',
  },
  FDP_ONTOLOGY_LINK: {
    status: 404,
    message: 'object type `{objectType}` has no link `{link}`',
    help: 'list the outgoing link types of the object type',
  },
  FDP_ONTOLOGY_VALUE: {
    status: 400,
    message: 'property `{property}` is a {type}, and the value given for it is not',
    help: 'write numbers as numbers, dates as `2026-01-31`, moments as `2026-01-31T09:30:00Z`',
  },
  FDP_ONTOLOGY_OPERATOR: {
    status: 400,
    message: 'property `{property}` is a {type}, which `{operator}` does not take',
    help: 'see spec/ontology-api.md for what each operator takes',
  },
  FDP_ONTOLOGY_TYPES: {
    status: 400,
    message: 'the object set holds objects of {types} types where one is needed',
    help: 'load several types with `loadObjectsMultipleObjectTypes`',
  },
  FDP_ONTOLOGY_PAGE_TOKEN: {
    status: 400,
    message: 'the page token is not one for this request',
    help: 'read again from the first page; a token holds for 24 hours, one caller and one query',
  },
  FDP_ONTOLOGY_DERIVED: {
    status: 400,
    message: 'the derived property `{property}` cannot be worked out as it is declared',
    help: 'give it a name that is no property, `get` over links to one object only, and numbers to compute with',
  },
  FDP_ONTOLOGY_OBJECT_SET: {
    status: 404,
    message: 'there is no such object set',
    help: 'make a temporary object set again; one lives for an hour',
  },
  FDP_ONTOLOGY_REQUEST: {
    status: 400,
    message: 'the request is not as the API has it at `{at}`: {what}',
    help: 'see spec/ontology-api.md for the requests that there are',
  },
  FDP_ONTOLOGY_UNSUPPORTED: {
    status: 400,
    message: '`{at}` asks for what this node does not have: {what}',
    help: 'see spec/object-sets.md for what object sets may hold',
  },
  FDP_ONTOLOGY_PAGE_SIZE: {
    status: 400,
    message: 'a page has between 1 and {max} objects',
    help: 'ask for fewer, and read page by page with the token of the page before',
  },
  FDP_ONTOLOGY_ONTOLOGY: {
    status: 404,
    message: 'there is no ontology `{ontology}` at this address',
    help: 'list the ontologies: a tenant has one, by the name `palantirukhealth-ontology` or by its identifier',
  },
  FDP_ONTOLOGY_OBJECT: {
    status: 404,
    message: 'there is no object of type `{objectType}` with that primary key',
    help: 'load the objects of the type; below identifiable level a primary key is a token of the purpose',
  },
  FDP_ONTOLOGY_LINKED_OBJECT: {
    status: 404,
    message: 'there is no object with that primary key behind the link `{link}`',
    help: 'list the linked objects',
  },
  FDP_ONTOLOGY_INTERFACE: {
    status: 404,
    message: 'there is no interface `{interface}`',
    help: 'ask for an object type: this ontology has no interfaces',
  },
  FDP_ONTOLOGY_VALUE_TYPE: {
    status: 404,
    message: 'there is no value type `{valueType}`',
    help: 'read the data types of the properties: this ontology has no value types',
  },
  FDP_ONTOLOGY_ACTION_TYPE: {
    status: 404,
    message: 'there is no action `{actionType}`',
    help: 'list the action types of the ontology; `./fdp access explain` says what is missing to use one',
  },
  FDP_ONTOLOGY_QUERY_TYPE: {
    status: 404,
    message: 'there is no query `{query}`',
    help: 'list the query types of the ontology; `./fdp access explain` says what is missing to use one',
  },
  FDP_ONTOLOGY_QUERY_VERSION: {
    status: 404,
    message: 'there is no such version of the query `{query}`',
    help: 'leave the version out, or read the query type for the one there is',
  },
  FDP_ONTOLOGY_QUERY_PARAMETER: {
    status: 400,
    message: 'the value of the parameter `{parameter}` is not one that the query `{query}` takes',
    help: 'read the query type: each parameter says what it takes',
  },
  FDP_ONTOLOGY_QUERY_MISSING: {
    status: 400,
    message: 'the query `{query}` needs the parameter `{parameter}`',
    help: 'read the query type for the parameters that it needs',
  },
  FDP_ONTOLOGY_QUERY_UNKNOWN: {
    status: 400,
    message: 'the query `{query}` has no parameter of that name',
    help: 'read the query type for the parameters that there are',
  },
  FDP_ONTOLOGY_METRIC: {
    status: 400,
    message: '`{metric}` cannot be made of property `{property}`',
    help: 'take sums, means and percentiles of numbers, minimum and maximum of numbers and dates, distinct values of all but lists',
  },
  FDP_ONTOLOGY_GROUPING: {
    status: 400,
    message: 'property `{property}` is a {type}, which cannot be grouped by {grouping}',
    help: 'group numbers by width or ranges, dates and moments by ranges or durations, single values exactly',
  },
  FDP_ONTOLOGY_RANGES: {
    status: 400,
    message: 'property `{property}` is a {type}, which has no ranges',
    help: 'give ranges of numbers, dates or moments; group other properties exactly',
  },
  FDP_ONTOLOGY_RANGE_VALUE: {
    status: 400,
    message: 'property `{property}` is a {type}, and an end of a range is not',
    help: 'write numbers as numbers, dates as `2026-01-31`, moments as `2026-01-31T09:30:00Z`',
  },
  FDP_ONTOLOGY_DURATION_TYPE: {
    status: 400,
    message: 'property `{property}` is a {type}, which has no durations',
    help: 'group dates and moments by durations, numbers by width',
  },
  FDP_ONTOLOGY_DURATION: {
    status: 400,
    message: 'property `{property}` is a {type}, which cannot be grouped by {unit}',
    help: 'group dates by days or longer; weeks, months, quarters and years one by one',
  },
  FDP_ONTOLOGY_ORDERING: {
    status: 400,
    message:
      'groups can be ordered by a figure where there is one grouping, without a group for objects that have no value',
    help: 'leave out `direction`, or all groupings but one and `includeNullValues`',
  },
  FDP_ONTOLOGY_GROUPS: {
    status: 400,
    message: 'the aggregation has more than {max} groups',
    help: 'group by fewer properties or more coarsely, filter first, or give `maxGroupCount`',
  },
  FDP_ONTOLOGY_ACCURACY: {
    status: 400,
    message: 'the figures cannot be given accurately',
    help: 'allow approximate ones: groups were left out at `maxGroupCount`, or small numbers are protected',
  },
  FDP_ONTOLOGY_RELEASE: {
    status: 400,
    message:
      'you see figures of these objects only, after protection of small numbers, and that cannot be done for {what}',
    help: 'count, or take means and sums, of one object type, where properties equal one value each; group by exact values, days, months, quarters or years',
  },
})
