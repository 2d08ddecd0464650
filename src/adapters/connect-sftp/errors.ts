import { defineErrors } from '#kernel'

export const sftpErrors = defineErrors({
  FDP_SFTP_SETTINGS: {
    status: 400,
    message: 'the connection is not fully declared: {problem}',
    help: 'give `hostKey` as `ssh-keygen -lf` shows it (`SHA256:…`), and `privateKeyFile` or `passwordFile`',
  },
  FDP_SFTP_UNREACHABLE: {
    status: 503,
    message: 'the SFTP server cannot be reached or does not answer',
    help: 'check host, port and firewall; it is tried again',
  },
  FDP_SFTP_HOST_KEY: {
    status: 503,
    message: 'the SFTP server shows another key than the one that is declared',
    help: 'ask those who run it, by another way than this line, for the fingerprint of its key; change `hostKey` only then',
  },
  FDP_SFTP_SIGN_IN: {
    status: 503,
    message: 'the SFTP server does not accept the user',
    help: 'check `user` and the key or password file with those who run the server',
  },
  FDP_SFTP_PLACE: {
    status: 503,
    message: 'the folder on the SFTP server cannot be looked at',
    help: 'check that it is there and that the user may read it; more than 100,000 names in it are too many',
  },
  FDP_SFTP_NAME: {
    status: 400,
    message: 'that is not the name of a file in the folder',
    help: 'name a plain file of the folder itself, without a path',
  },
  FDP_SFTP_CHANGED: {
    status: 409,
    message: 'the file on the SFTP server changed while it was being read, or is gone',
    help: 'wait until the file is complete, then take it again',
  },
})
