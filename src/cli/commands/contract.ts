import type { Command } from 'commander'
import { objectType, objectTypes } from '#contracts'
import { shown } from '#privacy'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'

/** `fdp contract list`, `fdp contract show`. */
export function contractCommands(program: Command, act: Act): void {
  const contract = noun(program, 'contract', 'what data mean: the object types and their properties')
  act(contract.command('list').description('every object type'), async ({ io }) => {
    const rows = objectTypes().map((type) => [
      type.name,
      type.origin,
      type.personLevel,
      type.properties.length,
      type.links.length,
    ])
    printRows(io, ['object', 'origin', 'aboutPatients', 'properties', 'links'], rows)
  })
  act(
    contract
      .command('show')
      .argument('<object>')
      .description('the properties of an object type and what each level shows of them'),
    async ({ io }, _options, [object = '']) => {
      const type = objectType(object)
      const rows = type.properties.map((property) => [
        property.name,
        property.type,
        property.nullable ? '' : 'required',
        property.sensitivity,
        property.role ?? '',
        ...(['identifiable', 'pseudonymised', 'aggregate'] as const).map((level) => shown(type, property, level).kind),
      ])
      printRows(
        io,
        ['property', 'type', 'presence', 'sensitivity', 'role', 'identifiable', 'pseudonymised', 'aggregate'],
        rows,
      )
    },
  )
}
