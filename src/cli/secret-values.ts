import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { ValueOptions } from '../chart/values.ts'
import { loadValues } from '../chart/values.ts'
import { ConvergeError, messageOf } from '../errors.ts'
import { decrypt } from '../secret/cipher.ts'
import { decryptValues, isEncryptedFile } from '../secret/values.ts'
import type { Value } from '../template/value.ts'
import type { ValueFlags } from './options/value-options.ts'
import { requireSecretKey } from './secret-key.ts'
import type { Target } from './target.ts'

/** The options with the values of encrypted files over those of plain ones: `secret-values.yaml` of the chart, those of converge.yaml, those of --secret-values. */
export function withSecretValues(values: ValueOptions, flags: ValueFlags, target: Target, chart: string): ValueOptions {
  const base = target.config?.directory ?? process.cwd()
  const configured = [...(target.config?.secretValues ?? []), ...(target.settings.secretValues ?? [])].map((file) =>
    path.resolve(base, file),
  )
  const files = [...ownFile(chart), ...configured, ...flags.secretValues.flatMap((value) => value.split(','))]
  const secrets = files.map((file) => {
    const text = readText(file)
    const plain = flags.ignoreSecretKey ? text : decryptValues(text, requireSecretKey(base, file), file)
    return loadValues(plain, file)
  })
  return { ...values, secrets }
}

/** The texts of decrypted values, for hiding them. */
export function secretTexts(values: ValueOptions, flags: ValueFlags): string[] {
  if (flags.ignoreSecretKey) return []
  const texts = new Set<string>()
  const walk = (value: Value): void => {
    if (typeof value === 'string') texts.add(value)
    else if (Array.isArray(value)) for (const item of value) walk(item)
    else if (value instanceof Map) for (const item of value.values()) walk(item as Value)
  }
  for (const map of values.secrets ?? []) walk(map)
  return [...texts]
}

/** Reads and decrypts files below the chart's secret/, and adds their texts to `secrets`. */
export function secretFileReader(flags: ValueFlags, target: Target, chart: string, secrets: string[]): (file: string) => string {
  const directory = path.resolve(chart, 'secret')
  return (name) => {
    const file = path.resolve(directory, name)
    if (path.isAbsolute(name) || !file.startsWith(`${directory}${path.sep}`))
      throw new ConvergeError('ERR_SECRET', `${name} is not below secret/ of the chart`)
    const text = readText(file)
    if (flags.ignoreSecretKey) return text
    const plain = decrypt(text, requireSecretKey(target.config?.directory ?? process.cwd(), file))
    if (!secrets.includes(plain)) secrets.push(plain)
    return plain
  }
}

/** A chart may have a plain file of that name, which means nothing to Helm. */
function ownFile(chart: string): string[] {
  const file = path.join(chart, 'secret-values.yaml')
  return existsSync(file) && statSync(file).isFile() && isEncryptedFile(readText(file), file) ? [file] : []
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConvergeError('ERR_VALUES', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'It is named by --secret-values or secretValues.',
    })
  }
}
