declare const htmlBrand: unique symbol
/** Markup that this module made; any other text is escaped on its way in. */
export type Html = { readonly [htmlBrand]: true; readonly text: string }

type Part = Html | string | number | null | readonly Html[]

/** Template tag: values are escaped unless they are Html. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const text = strings.reduce(
    (all, string, i) => all + string + (i < values.length ? partText(values[i] ?? null) : ''),
    '',
  )
  return { text } as Html
}

function partText(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return 'text' in part ? part.text : part.map((each) => each.text).join('')
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character)
}
