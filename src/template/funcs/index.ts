import type { DocumentedFunction, FunctionTable } from '../value.ts'
import { aes } from './aes.ts'
import { casing } from './casing.ts'
import { certificates } from './certificates.ts'
import { dates } from './dates.ts'
import { decimals } from './decimal.ts'
import { defaults } from './defaults.ts'
import { dicts } from './dicts.ts'
import { encoding } from './encoding.ts'
import { hashes } from './hashes.ts'
import { json } from './json.ts'
import { lists } from './lists.ts'
import { math } from './math.ts'
import { merging } from './merge.ts'
import { network } from './network.ts'
import { passwords } from './passwords.ts'
import { paths } from './paths.ts'
import { random } from './random.ts'
import { reflection } from './reflection.ts'
import { regex } from './regex.ts'
import { semver } from './semver.ts'
import { strings } from './strings.ts'
import { toml } from './toml.ts'
import { urls } from './urls.ts'
import { words } from './words.ts'
import { yaml } from './yaml.ts'

/** The families of functions by title, in the order of the documentation. */
export const families: Readonly<Record<string, FunctionTable>> = {
  Defaults: defaults,
  Text: strings,
  'Words and widths': words,
  'Letter case': casing,
  Lists: lists,
  Maps: dicts,
  Merging: merging,
  'Whole numbers': math,
  'Decimal numbers': decimals,
  Types: reflection,
  YAML: yaml,
  JSON: json,
  TOML: toml,
  Encoding: encoding,
  'Regular expressions': regex,
  Versions: semver,
  'Dates and durations': dates,
  URLs: urls,
  Paths: paths,
  Network: network,
  'Check sums': hashes,
  Passwords: passwords,
  Encryption: aes,
  Certificates: certificates,
  Random: random,
}

/** Every function of sprig 3.3.0 and Helm 4.2.3 that needs neither the template engine nor a cluster. */
export const functions: ReadonlyMap<string, DocumentedFunction> = joined(Object.values(families))

function joined(tables: FunctionTable[]): Map<string, DocumentedFunction> {
  const all = new Map<string, DocumentedFunction>()
  for (const table of tables) for (const name in table) all.set(name, table[name]!)
  return all
}
