import { defineErrors } from '#kernel'

export const xlsxErrors = defineErrors({
  FDP_XLSX_NOT_ONE: {
    status: 422,
    message: 'the file is no workbook: {problem}',
    help: 'save it as an Excel workbook (.xlsx) without a password, or as CSV',
  },
  FDP_XLSX_DAMAGED: {
    status: 422,
    message: '{part} is damaged at character {at}',
    help: 'open the workbook, save it anew and send it again whole',
  },
  FDP_XLSX_XML: {
    status: 422,
    message: '{part} holds {problem}',
    help: 'save the workbook anew with a spreadsheet program, or as CSV',
  },
  FDP_XLSX_SHEETS: {
    status: 422,
    message: 'the workbook has {sheets} sheets, and none was named that is there',
    help: 'name the one that is meant with `--part`, as it stands on its tab',
  },
  FDP_XLSX_FORMULA: {
    status: 422,
    message: 'cell {cell} is a formula',
    help: 'copy the sheet and paste it as values only, or save it as CSV',
  },
  FDP_XLSX_MERGED: {
    status: 422,
    message: 'cells {cells} are merged',
    help: 'take the merging apart and write each value into its own cell',
  },
  FDP_XLSX_TEXTS_TOO_LARGE: {
    status: 422,
    message: 'the texts of the workbook have more than {max} characters',
    help: 'save the sheet as CSV',
  },
})
