/**
 * SFTP: folders of another machine as drops, over SSH.
 *
 * Promises: the guarantees of FileDrop and Connection. The server must show the key that is declared, or nothing is sent
 * to it; bytes come with back-pressure, a few requests ahead; every wait has a limit.
 * Never: writes, looks into folders of a folder, follows a symbolic link, runs a command, or puts what the server says
 * into an error.
 */
export { sftpErrors } from './errors.ts'
export { sftpKind } from './sftp-kind.ts'
