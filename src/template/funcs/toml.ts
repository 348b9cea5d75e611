import { isConvergeError, messageOf, passOverflow } from '../../errors.ts'
import type { FunctionTable, Value } from '../value.ts'
import { readToml } from './toml-reader.ts'
import { writeToml } from './toml-writer.ts'

/** Helm gives the text of an error as if it were TOML; a nil value is an error for good. */
function orMessage(value: Value): string {
  if (value === null) return writeToml(value)
  try {
    return writeToml(value)
  } catch (error) {
    passOverflow(error)
    return messageOf(error)
  }
}

function fromToml(text: string): Value {
  try {
    return readToml(text)
  } catch (error) {
    if (!isConvergeError(error)) throw error
    return new Map([['Error', error.message]])
  }
}

/** TOML. */
export const toml: FunctionTable = {
  toToml: {
    params: ['interface {}'],
    call: ([value]) => orMessage(value),
    doc: 'The value as TOML; where it cannot be written, the text of the error.',
    example: { template: '{{ toToml (dict "b" (dict "c" true) "a" 1) }}', output: 'a = 1\n\n[b]\n  c = true\n' },
  },
  mustToToml: {
    params: ['interface {}'],
    call: ([value]) => writeToml(value),
    doc: 'The same as `toToml`, with an error where the value cannot be written.',
    example: { template: '{{ mustToToml (dict "a" "x") }}', output: 'a = "x"\n' },
  },
  fromToml: {
    params: ['string'],
    call: ([text]) => fromToml(text),
    doc: 'The map that the TOML text stands for; where it is no TOML, a map with the message under `Error`.',
    example: { template: '{{ (fromToml "[a]\\nb = 1").a.b }}', output: '1' },
  },
}
