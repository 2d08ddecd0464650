/** Widths of characters of Arial, in thousandths of the size of the font; of all others, that of a wide letter. */
const narrow: Readonly<Record<string, number>> = Object.fromEntries([
  ...[..."ijl|'"].map((character) => [character, 240]),
  ...[...' .,:;/!tfIr()[]-·'].map((character) => [character, 330]),
  ...[...'ckszvxyJ"*'].map((character) => [character, 500]),
  ...[...'abdeghnopqu0123456789_?L'].map((character) => [character, 560]),
  ...[...'wCDHNRUABEKPSVXYFTZ&'].map((character) => [character, 722]),
])
const wide = 900

/** About how wide a text is drawn, a size of the font given; rather too wide. */
export function textWidth(text: string, size: number): number {
  let width = 0
  for (const character of text) width += narrow[character] ?? wide
  return Math.ceil((width * size) / 1_000)
}

/** A text in lines that fit: broken behind spaces, dots, slashes and hyphens, before a capital, or anywhere if it must be. */
export function linesOf(text: string, size: number, widthMax: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const part of text.split(/(?<=[ ./_-])|(?<=[a-z])(?=[A-Z])/).flatMap((each) => pieces(each, size, widthMax))) {
    if (line !== '' && textWidth(`${line}${part}`.trimEnd(), size) > widthMax) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += part
  }
  return [...lines, line.trimEnd()]
}

function pieces(word: string, size: number, widthMax: number): string[] {
  if (textWidth(word, size) <= widthMax) return [word]
  const fits = Math.max(1, Math.floor((widthMax * 1_000) / (wide * size)))
  return word.match(new RegExp(`.{1,${fits}}`, 'gu')) ?? [word]
}
