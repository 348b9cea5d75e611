import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'

let serial = 0

/**
 * A new holder of locks in this process: `user@host pid 123 #a1b2c3d4.1`. The last part names this boot and process namespace, so that a process of
 * the same machine can be told from one of another container with the same host name.
 */
export function holderIdentity(): string {
  return `${userName()}@${hostname()} pid ${process.pid} #${machineMark()}.${++serial}`
}

/** A holder as people read it. */
export function holderName(identity: string): string {
  return identity.replace(/ #[0-9a-f]{8}\.\d+$/, '')
}

/** Whether the holder was a process of this machine that has ended. */
export function isDeadHere(identity: string): boolean {
  const parts = / pid (\d+) #([0-9a-f]{8})\.\d+$/.exec(identity)
  if (!parts || parts[2] !== machineMark()) return false
  try {
    process.kill(Number(parts[1]), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user that its passwd file does not name.
    return String(process.getuid?.() ?? 'unknown')
  }
}

let mark: string | undefined

function machineMark(): string {
  mark ??= process
    .getBuiltinModule('node:crypto')
    .createHash('sha256')
    .update(
      [
        hostname(),
        read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
        read(() => readlinkSync('/proc/self/ns/pid')),
      ].join(),
    )
    .digest('hex')
    .slice(0, 8)
  return mark
}

function read(attempt: () => string): string {
  try {
    return attempt()
  } catch {
    return ''
  }
}
