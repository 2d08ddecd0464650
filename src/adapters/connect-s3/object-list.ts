import { SaxesParser } from 'saxes'

export interface ObjectList {
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly modifiedAt: string }[]
  /** Where the next page begins; null at the end. */
  readonly next: string | null
}

/** The answer to ListObjectsV2. Throws any error where it is none; document types are refused. */
export function parseObjectList(xml: string): ObjectList {
  const objects: Record<string, string>[] = []
  const fields: Record<string, string> = {}
  const path: string[] = []
  let text = ''
  let object: Record<string, string> | null = null
  const parser = new SaxesParser()
  parser.on('doctype', () => {
    throw new Error('a document type')
  })
  parser.on('opentag', ({ name }) => {
    path.push(name)
    text = ''
    if (path.length === 2 && name === 'Contents') object = {}
  })
  parser.on('text', (more) => {
    text += more
  })
  parser.on('closetag', ({ name }) => {
    if (path.length === 3 && object) object[name] = text
    if (path.length === 2 && object) objects.push(object)
    else if (path.length === 2) fields[name] = text
    if (path.length === 2) object = null
    path.pop()
  })
  parser.write(xml).close()
  if (fields.IsTruncated !== 'true' && fields.IsTruncated !== 'false') throw new Error('no list')
  const decoded = (key: string) =>
    fields.EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', '%20')) : key
  const next = fields.IsTruncated === 'true' ? fields.NextContinuationToken : null
  if (next === undefined || next === '') throw new Error('no next page')
  return {
    objects: objects.map(({ Key = '', Size = '', LastModified = '' }) => {
      const modified = new Date(LastModified)
      if (!/^\d{1,15}$/.test(Size) || Number.isNaN(modified.getTime())) throw new Error('no size or time')
      return { key: decoded(Key), bytes: Number(Size), modifiedAt: modified.toISOString() }
    }),
    next,
  }
}
