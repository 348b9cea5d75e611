import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ConvergeError } from '../errors.ts'
import { parseKey, type SecretKey } from '../secret/cipher.ts'

const names = { current: ['CONVERGE_SECRET_KEY', 'WERF_SECRET_KEY'], old: ['CONVERGE_OLD_SECRET_KEY', 'WERF_OLD_SECRET_KEY'] }
const files = ['.converge_secret_key', '.werf_secret_key']

/** The key for secret values: of the environment, of a file in the project, of one in the home directory. Undefined where there is none. */
function findSecretKey(project: string): SecretKey | undefined {
  const variable = names.current.find((name) => process.env[name])
  if (variable) return parseKey(process.env[variable]!, variable)
  const home = os.homedir()
  const places = [
    ...files.map((name) => path.join(project, name)),
    path.join(home, '.converge', 'global_secret_key'),
    path.join(home, '.werf', 'global_secret_key'),
  ]
  const file = places.find((place) => existsSync(place))
  return file === undefined ? undefined : parseKey(readFileSync(file, 'utf8'), file)
}

/** The same, where nothing can be done without it. */
export function requireSecretKey(project: string, what: string): SecretKey {
  const key = findSecretKey(project)
  if (key) return key
  throw new ConvergeError('ERR_SECRET_KEY', `there is no key for ${what}`, {
    hint: `Set ${names.current.join(' or ')}, or put it into ${files.join(' or ')} beside converge.yaml. converge secret generate-key makes one.`,
  })
}

/** The key that secrets were encrypted with until now. */
export function requireOldSecretKey(): SecretKey {
  const variable = names.old.find((name) => process.env[name])
  if (variable) return parseKey(process.env[variable]!, variable)
  throw new ConvergeError('ERR_SECRET_KEY', 'there is no old key', { hint: `Set ${names.old.join(' or ')}.` })
}
