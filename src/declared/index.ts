/**
 * Declared: small YAML files in which whoever runs a node says how it is to be: docks, connections, alerts, retention.
 *
 * Promises: what is not right is told by its place (a line, a setting) and in words of ours, by an error of whoever reads it.
 * Never: puts more of a text than a place into an error, follows an alias, or opens a file.
 */
export { asDeclared, readYaml, type Wrong } from './declared.ts'
