import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ConvergeError, isConvergeError, messageOf } from '../../errors.ts'
import { decrypt, encrypt, generateKey, type SecretKey } from '../../secret/cipher.ts'
import { decryptValues, encryptedByPath, encryptValues, isEncryptedFile, rotateValues } from '../../secret/values.ts'
import type { TargetFlags } from '../options/target-options.ts'
import { requireOldSecretKey, requireSecretKey } from '../secret-key.ts'
import { writeOut } from '../stdout.ts'
import { findChart, readTarget, type Target } from '../target.ts'

type Flags = TargetFlags & { output?: string; whole?: boolean }

/** `converge secret generate-key` */
export async function runGenerateKey(flags: Flags): Promise<void> {
  const text = `${generateKey()}\n`
  if (flags.output === undefined) return writeOut(text)
  if (existsSync(flags.output))
    throw new ConvergeError('ERR_USAGE', `${flags.output} exists`, {
      hint: 'What was encrypted with the key in it would be lost: rotate it.',
    })
  writeFileSync(flags.output, text, { mode: 0o600, flag: 'wx' })
}

/** `converge secret encrypt|decrypt [FILE]`: the values of a YAML file one by one, everything else as a whole; without a file, standard input as a whole. */
export async function runCrypt(verb: 'encrypt' | 'decrypt', file: string | undefined, flags: Flags): Promise<void> {
  const key = requireSecretKey(projectOf(await readTarget(flags, process.cwd())), file ?? 'standard input')
  const text = readText(file)
  const isValues = !flags.whole && isYaml(file)
  const result = isValues
    ? verb === 'encrypt'
      ? encryptValues(text, key, file!)
      : decryptValues(text, key, file!)
    : verb === 'encrypt'
      ? `${encrypt(file === undefined ? text.replace(/\r?\n$/, '') : text, key)}\n`
      : withFile(file, () => decrypt(text, key))
  if (verb === 'encrypt' && isValues && isEncryptedFile(text, file!))
    throw new ConvergeError('ERR_SECRET', `${file} is encrypted already`, { hint: 'converge secret edit changes it.' })
  const asLine = !isValues && verb === 'decrypt' && file === undefined && !result.endsWith('\n') ? `${result}\n` : result
  if (flags.output === undefined) return writeOut(asLine)
  writeFileSync(flags.output, result, { mode: verb === 'decrypt' ? 0o600 : 0o644 })
}

/** `converge secret edit FILE`: in $VISUAL or $EDITOR; what was not changed keeps its encrypted text. A file that is not there is made. */
export async function runEdit(file: string, flags: Flags): Promise<void> {
  const key = requireSecretKey(projectOf(await readTarget(flags, process.cwd())), file)
  const isValues = !flags.whole && isYaml(file)
  const before = existsSync(file) ? readText(file) : ''
  const plain = before === '' ? '' : isValues ? decryptValues(before, key, file) : withFile(file, () => decrypt(before, key))
  const edited = inEditor(plain, path.basename(file))
  if (edited === plain) return void process.stderr.write(`${file} was not changed\n`)
  const kept = isValues && before !== '' ? encryptedByPath(before, key, file) : undefined
  writeFileSync(file, isValues ? encryptValues(edited, key, file, kept) : `${encrypt(edited, key)}\n`)
}

/** `converge secret rotate [FILE...]`: from the old key to the new one; without files, the chart's `secret-values*.yaml` and all of its `secret/`. All or none are written. */
export async function runRotate(files: string[], flags: Flags): Promise<void> {
  const target = await readTarget(flags, process.cwd())
  const project = projectOf(target)
  const key = requireSecretKey(project, 'the rotation')
  const old = requireOldSecretKey()
  const chosen = files.length > 0 ? files : secretFiles(target, project)
  if (chosen.length === 0)
    throw new ConvergeError('ERR_SECRET', 'there are no secret files here', { hint: 'Name them: converge secret rotate FILE...' })
  const rotated = chosen.map((file) => [file, rotate(file, old, key)] as const)
  for (const [file, text] of rotated) {
    writeFileSync(file, text)
    await writeOut(`rotated ${file}\n`)
  }
}

function rotate(file: string, old: SecretKey, key: SecretKey): string {
  const text = readText(file)
  if (isYaml(file) && !/^1000[0-9a-f]+\s*$/.test(text)) return rotateValues(text, old, key, file)
  return withFile(file, () => `${encrypt(decrypt(text, old), key)}\n`)
}

function secretFiles(target: Target, project: string): string[] {
  const chart = findChart(undefined, target, process.cwd())
  const configured = [
    target.config?.secretValues,
    ...Object.values(target.config?.environments ?? {}).map(({ secretValues }) => secretValues),
  ]
  const own = existsSync(chart) ? readdirSync(chart).filter((name) => /^secret-values.*\.ya?ml$/.test(name)) : []
  const directory = path.join(chart, 'secret')
  const whole = existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort() : []
  const all = [
    ...own.map((name) => path.join(chart, name)),
    ...configured.flatMap((names) => names ?? []).map((name) => path.resolve(project, name)),
    ...whole.map((name) => path.join(directory, name)).filter((file) => statSync(file).isFile()),
  ]
  return [...new Set(all.map((file) => path.relative(process.cwd(), file)))]
}

function projectOf(target: Target): string {
  return target.config?.directory ?? process.cwd()
}

function isYaml(file: string | undefined): boolean {
  return file !== undefined && /\.ya?ml$/.test(file)
}

function readText(file: string | undefined): string {
  try {
    return readFileSync(file ?? 0, 'utf8')
  } catch (error) {
    throw new ConvergeError('ERR_SECRET', `cannot read ${file ?? 'standard input'}: ${messageOf(error)}`)
  }
}

function withFile<T>(file: string | undefined, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!isConvergeError(error)) throw error
    throw new ConvergeError(error.code, `${file ?? 'standard input'}: ${error.message}`, { hint: error.hint })
  }
}

/** The text after an editor has had it, in a directory that nobody else can read. */
function inEditor(text: string, name: string): string {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi'
  const directory = mkdtempSync(path.join(os.tmpdir(), 'converge-secret-'))
  const file = path.join(directory, name)
  try {
    writeFileSync(file, text, { mode: 0o600 })
    const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'converge', file], { stdio: 'inherit' })
    if (error || status !== 0)
      throw new ConvergeError('ERR_SECRET', `the editor ${editor} failed`, { hint: 'Set EDITOR. Nothing was changed.', cause: error })
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
