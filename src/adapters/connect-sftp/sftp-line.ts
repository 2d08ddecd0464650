import { Client, type ConnectSettings, type SftpSession } from 'ssh2'
import { isFdpError } from '#kernel'
import { sftpErrors } from './errors.ts'

type SignIn = Omit<ConnectSettings, 'readyTimeout' | 'keepaliveInterval' | 'keepaliveCountMax'>
type Ask<T> = (session: SftpSession, done: (error: Error | undefined, value: T) => void) => void

const connectMsMax = 20_000
const answerMsMax = 60_000
const keepaliveMs = 15_000

/** One session that is opened when it is first asked, and anew after it was lost. Every question has a time limit. */
export class SftpLine {
  readonly #signIn: () => SignIn
  #session: Promise<SftpSession> | null = null
  #client: Client | null = null

  constructor(signIn: () => SignIn) {
    this.#signIn = signIn
  }

  /** Throws FDP_SFTP_UNREACHABLE, FDP_SFTP_HOST_KEY, FDP_SFTP_SIGN_IN, and what the server answers as a plain error. */
  async ask<T>(ask: Ask<T>): Promise<T> {
    const session = await (this.#session ??= this.#open())
    const client = this.#client
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        timer = setTimeout(() => reject(sftpErrors('FDP_SFTP_UNREACHABLE')), answerMsMax)
        ask(session, (error, value) => (error ? reject(outward(error)) : resolve(value)))
      })
    } catch (error) {
      if (isFdpError(error) && this.#client === client) {
        this.#session = null
        client?.destroy()
      }
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    this.#session = null
    const client = this.#client
    this.#client = null
    client?.end()
  }

  async #open(): Promise<SftpSession> {
    const signIn = this.#signIn()
    const client = new Client()
    this.#client = client
    let isOther = false
    const forget = () => {
      if (this.#client === client) this.#session = null
    }
    try {
      return await new Promise<SftpSession>((resolve, reject) => {
        client.on('error', reject)
        client.on('close', () => {
          forget()
          reject(new Error('closed'))
        })
        client.on('ready', () => {
          client.setNoDelay(true)
          client.sftp((error, session) => (error ? reject(error) : resolve(session)))
        })
        client.connect({
          ...signIn,
          hostVerifier: (key) => {
            isOther = !signIn.hostVerifier(key)
            return !isOther
          },
          readyTimeout: connectMsMax,
          keepaliveInterval: keepaliveMs,
          keepaliveCountMax: 3,
        })
      })
    } catch (error) {
      forget()
      client.destroy()
      if (isOther) throw sftpErrors('FDP_SFTP_HOST_KEY')
      throw sftpErrors(isOfSignIn(error) ? 'FDP_SFTP_SIGN_IN' : 'FDP_SFTP_UNREACHABLE')
    }
  }
}

/** What the server refused has a number; that there is no answer any more has none. */
function outward(error: Error): Error {
  return 'code' in error && typeof error.code === 'number' ? error : sftpErrors('FDP_SFTP_UNREACHABLE')
}

function isOfSignIn(error: unknown): boolean {
  if (isFdpError(error) || !(error instanceof Error)) return false
  const level = 'level' in error ? error.level : ''
  return level === 'client-authentication' || error.message.includes('privateKey')
}
