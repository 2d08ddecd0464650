/** What is used of `ssh2`: its own package has no types. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'

  export interface ConnectSettings {
    readonly host: string
    readonly port: number
    readonly username: string
    readonly privateKey?: string
    readonly passphrase?: string
    readonly password?: string
    readonly hostVerifier: (key: Buffer) => boolean
    readonly readyTimeout: number
    readonly keepaliveInterval: number
    readonly keepaliveCountMax: number
  }

  export interface FileAttributes {
    readonly mode: number
    readonly size: number
    /** Seconds since 1970. */
    readonly mtime: number
  }

  type Done<T> = (error: Error | undefined, value: T) => void

  export interface SftpSession {
    opendir(path: string, done: Done<Buffer>): void
    readdir(handle: Buffer, done: Done<readonly { filename: string; attrs: FileAttributes }[]>): void
    lstat(path: string, done: Done<FileAttributes>): void
    open(path: string, flags: 'r', done: Done<Buffer>): void
    fstat(handle: Buffer, done: Done<FileAttributes>): void
    read(
      handle: Buffer,
      into: Buffer,
      offset: number,
      length: number,
      position: number,
      done: (error: Error | undefined, bytes: number) => void,
    ): void
    close(handle: Buffer, done: (error?: Error) => void): void
  }

  export class Client extends EventEmitter {
    connect(settings: ConnectSettings): this
    sftp(done: Done<SftpSession>): void
    setNoDelay(noDelay: boolean): this
    end(): this
    destroy(): this
  }
}
