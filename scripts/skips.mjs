// A reporter for node:test that says at the end what was skipped and why. In CI a skip fails the run: a test that does
// not run proves nothing. A test that says it is long is expected to be skipped by `npm test`, and only there.
const full = process.env.FDP_TEST_FULL === '1'
const expected = (reason) => !full && /\blong\b/i.test(reason)

// biome-ignore lint/style/noDefaultExport: node:test looks for the default export of a reporter.
export default async function* skips(source) {
  const skipped = []
  for await (const { type, data } of source) {
    if (type === 'test:pass' && data.skip !== undefined) {
      skipped.push({
        name: data.name,
        file: data.file ?? '',
        reason: data.skip === true ? 'no reason given' : data.skip,
      })
    }
  }
  const surprising = skipped.filter(({ reason }) => !expected(reason))
  const long = skipped.length - surprising.length
  if (long > 0) yield `\n${long} long tests wait for \`npm run test:full\`\n`
  if (surprising.length === 0) return
  yield `\nSKIPPED, so not proved (${surprising.length}):\n`
  for (const { name, file, reason } of surprising)
    yield `  ${file.replace(/^.*\/(?=src\/|test\/|bench\/)/, '')}: ${name}\n    ${reason}\n`
  if (process.env.CI) {
    yield 'In CI a skip is a failure.\n'
    process.exitCode = 1
  }
}
