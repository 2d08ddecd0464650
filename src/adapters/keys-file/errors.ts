import { defineErrors } from '#kernel'

export const keysErrors = defineErrors({
  FDP_KEYS_UNWRAP: {
    status: 500,
    message: 'a data key does not open under wrapping key {keyVersion}',
    help: 'run `./fdp doctor`; if the wrapping key was destroyed, what it protected is gone, otherwise restore the keys from a backup',
  },
  FDP_KEYS_MISSING: {
    status: 500,
    message: 'the key file `{file}` is missing',
    help: 'restore the `keys` folder of this tenant from a backup that has it',
  },
  FDP_KEYS_DAMAGED: {
    status: 500,
    message: 'the key file `{file}` is damaged',
    help: 'restore the `keys` folder of this tenant from a backup that has it',
  },
  FDP_KEYS_EXPOSED: {
    status: 500,
    message: '`{file}` of the keys can be read by other users of this machine',
    help: 'run `chmod -R u=rwX,go= keys` in the folder of the tenant, and consider rotating the keys',
  },
  FDP_KEYS_TENANT: {
    status: 500,
    message: 'the key file `{file}` belongs to another tenant',
    help: 'put the keys back into the folder of their own tenant',
  },
  FDP_KEYS_EXIST: {
    status: 409,
    message: 'tenant `{tenant}` has keys already',
    help: 'use them, or remove the tenant first; new keys would make its data unreadable',
  },
  FDP_KEYS_CURRENT: {
    status: 409,
    message: 'wrapping key {keyVersion} is the current one',
    help: 'rotate the wrapping key, wrap the data keys again, then destroy the old one',
  },
})
