import { crc32, deflateRawSync } from 'node:zlib'

/** A file for an archive; what is given beside its content is what the archive claims of it, true or not. */
export interface ZipMember {
  readonly name: string
  readonly content: Buffer | string
  readonly claimed?: number
  readonly checksum?: number
  /** 0 stored, 8 deflated. */
  readonly method?: number
  readonly encrypted?: boolean
}

/** A zip archive, written by hand so that it may lie. */
export function zipFile(members: readonly ZipMember[]): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, content: given, method = 8, encrypted = false, ...claims } of members) {
    const content = Buffer.from(given as string)
    const packed = method === 8 ? deflateRawSync(content) : content
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(0x800 + (encrypted ? 1 : 0), 2)
    fields.writeUInt16LE(method, 4)
    fields.writeUInt32LE(claims.checksum ?? crc32(content), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(claims.claimed ?? content.length, 18)
    const bytes = Buffer.from(name)
    fields.writeUInt16LE(bytes.length, 22)
    const entry = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, bytes, packed])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, bytes]))
    local.push(entry)
    offset += entry.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(members.length, 4)
  end.writeUInt16LE(members.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06', 'latin1'), end])
}
