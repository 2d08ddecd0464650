/**
 * Models: data sets that are made from others by one SQL query each, declared in files, tested, and approved by a second
 * person. From the query's tree come the order in which models are built and the lineage of every column.
 *
 * Promises: a model sees what a pseudonymised read shows, with record keys in place of tokens, and nothing else; a column
 * is never declared milder than what it comes from; a row about a person is made of that person's rows alone; what is not
 * understood is refused with its place.
 * Never: runs SQL that it did not understand whole, sees an identity or a file, says a value of a row, or publishes what
 * nobody but its author looked at.
 */
export { type Builder, type BuildResult, buildModel } from './build.ts'
export { type CheckedModel, checkModel } from './check-model.ts'
export { type Model, type ModelTest, parseModel } from './declaration.ts'
export { type Difference, diffModel } from './diff.ts'
export { modelErrors } from './errors.ts'
export { lineDifference } from './line-difference.ts'
export { type ModelTestResult, runModelTest } from './model-test.ts'
export { inOrder } from './order.ts'
