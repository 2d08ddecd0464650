/** `rttPeriodStart` → `Rtt period start`: the model's names hold their words, and nothing else is known of them. */
export function displayName(apiName: string): string {
  const words = apiName
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** Of an English noun, as the names of object types are. */
export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`
  return /(s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`
}
