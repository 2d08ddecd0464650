/**
 * Workbooks (.xlsx, ECMA-376): one sheet as a TabularReader. The sheet becomes delimited text, which the reader that is
 * given takes; so its header, limits and promises are those of every delimited file.
 *
 * Promises: a number is the digits that the workbook holds, to the 15 that a spreadsheet has, with the zeros in front
 * that its format shows; a day is written 2026-01-31 whatever the format; what a sheet shows but does not hold as a value
 * of its own (formulas, merged cells) refuses the sheet, since what they stand for would be a guess; document types and
 * entities of XML are refused. The bytes of the workbook and its texts are held in memory, both limited.
 * Never: works out a formula, follows a link, runs anything, or puts a value or a name into an error.
 */
export { xlsxErrors } from './errors.ts'
export { xlsxReader } from './xlsx-reader.ts'
