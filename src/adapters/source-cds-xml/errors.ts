import { defineErrors } from '#kernel'

export const cdsErrors = defineErrors({
  FDP_CDS_NOT_ONE: {
    status: 422,
    message: 'the file is no interchange of the Commissioning Data Sets: {problem}',
    help: 'send CDS-XML of version 6-2 or 6-3, in UTF-8, as it is made for the Secondary Uses Service',
  },
  FDP_CDS_DAMAGED: {
    status: 422,
    message: 'the file is damaged or cut off at character {at}',
    help: 'make it anew and send it again whole',
  },
  FDP_CDS_XML: {
    status: 422,
    message: 'the file holds {problem}',
    help: 'make it anew; messages hold elements and values only',
  },
  FDP_CDS_COUNT: {
    status: 422,
    message: 'the trailer counts {said} messages, and {found} are there',
    help: 'the file may be cut off or joined from several: send each interchange as it was made',
  },
  FDP_CDS_TYPES: {
    status: 422,
    message: 'the interchange holds messages of {types} CDS types, and none was named that is there',
    help: 'name the one that is meant with `--part` by its code, such as `130`',
  },
  FDP_CDS_COLUMNS_TOO_MANY: {
    status: 422,
    message: 'the messages have more than {max} different elements',
    help: 'split the interchange',
  },
  FDP_CDS_TOO_LARGE: {
    status: 422,
    message: 'the file has more than {max} bytes and cannot be read a second time',
    help: 'send it as a file',
  },
})
