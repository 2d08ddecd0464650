/** The text of a dock's declaration: a right one, with lines put in, changed or (null) left out. */
const right = {
  object: 'Patient',
  controller: 'RZ1',
  by: 'dot.finch@alder-vale.example',
  purpose: 'data-intake',
  drop: '/srv/drops/patients',
  files: 'patients_{date}.csv',
  opens: '"02:00"',
  dueBy: '"11:00"',
  since: '"2026-06-01"',
}
export const dockYaml = (more: Readonly<Record<string, unknown>> = {}) =>
  Object.entries({ ...right, ...more })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
