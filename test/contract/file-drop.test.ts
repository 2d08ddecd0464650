import { mkdir, mkdtemp, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { s3Kind } from '#adapters/connect-s3'
import { sftpKind } from '#adapters/connect-sftp'
import { folderDrop } from '#adapters/drop-fs'
import { fileSource } from '#adapters/source-csv'
import type { FileDrop } from '#ports'
import { s3Bucket, s3Keys, s3Region, s3Server } from '../s3-server.ts'
import { sftpServer } from '../sftp-server.ts'
import { fileDropContract, type TestPlace } from './file-drop.ts'

/** A folder of this machine, looked at by what `open` gives. */
async function folderPlace(open: (path: string) => FileDrop, close = async () => {}): Promise<TestPlace> {
  const base = await mkdtemp(join(tmpdir(), 'fdp-drop-'))
  const folder = join(base, 'in')
  await mkdir(folder)
  let seconds = 1_750_000_000
  return {
    drop: open(folder),
    nowhere: open(join(base, 'none')),
    async put(name, content) {
      await writeFile(join(folder, name), content)
      seconds += 10
      await utimes(join(folder, name), seconds, seconds)
    },
    remove: (name) => unlink(join(folder, name)),
    async putOther() {
      await writeFile(join(base, 'outside.csv'), 'x')
      await mkdir(join(folder, 'folder'))
      await writeFile(join(folder, 'folder', 'inside.csv'), 'x')
      await symlink(join(base, 'outside.csv'), join(folder, 'link.csv'))
      await symlink(join(base, 'none'), join(folder, 'nowhere.csv'))
      return ['folder', 'link.csv', 'nowhere.csv', 'folder/inside.csv']
    },
    async [Symbol.asyncDispose]() {
      await close()
      await rm(base, { recursive: true })
    },
  }
}

fileDropContract('folder', () => folderPlace(folderDrop(fileSource)))

fileDropContract('sftp', async () => {
  const server = await sftpServer('a-password')
  const settings = { host: '127.0.0.1', port: server.port, user: 'fdp', hostKey: server.fingerprint, passwordFile: 'p' }
  const connection = sftpKind.open(settings, () => 'a-password\n')
  return await folderPlace(
    (path) => connection.drop!(path),
    async () => {
      await connection.close()
      await server[Symbol.asyncDispose]()
    },
  )
})

fileDropContract('s3', async () => {
  const server = await s3Server()
  const settings = {
    endpoint: server.endpoint,
    region: s3Region,
    bucket: s3Bucket,
    accessKeyFile: 'id',
    secretKeyFile: 'secret',
  }
  const secret = (file: string) => (file === 'id' ? s3Keys.accessKeyId : `${s3Keys.secretAccessKey}\n`)
  const connection = s3Kind.open(settings, secret)
  let ms = 1_750_000_000_000
  return {
    drop: connection.drop!('in/here'),
    nowhere: s3Kind.open({ ...settings, bucket: 'no-such-bucket' }, secret).drop!('in'),
    async put(name, content) {
      ms += 10_000
      server.objects.set(`in/here/${name}`, { content, modified: new Date(ms) })
    },
    async remove(name) {
      server.objects.delete(`in/here/${name}`)
    },
    async putOther() {
      const object = { content: Buffer.from('x'), modified: new Date() }
      for (const key of ['in/here/', 'in/here/folder/inside.csv', 'in/here/folder/', 'in/other.csv', 'in/here.csv'])
        server.objects.set(key, object)
      return ['', 'folder/inside.csv', 'folder', 'folder/', 'other.csv']
    },
    async [Symbol.asyncDispose]() {
      await connection.close()
      await server[Symbol.asyncDispose]()
    },
  }
})
