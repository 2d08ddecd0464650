import { defineErrors } from '#kernel'

export const fail = defineErrors({
  FDP_PRODUCTS_NO_FOLDER: {
    status: 404,
    message: 'there is no product folder `{name}`',
    help: 'look into the folder `products`, or correct the name',
  },
  FDP_PRODUCTS_UNKNOWN_METRIC: {
    status: 404,
    message: 'the product `{product}` has no metric `{metric}`',
    help: 'choose from: {known}',
  },
  FDP_PRODUCTS_TOO_LARGE: {
    status: 400,
    message: 'the product folder `{name}` holds more than it may',
    help: 'a product has at most {filesMax} files of {bytesMax} bytes each; keep data out of it',
  },
})
