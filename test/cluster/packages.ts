import { existsSync } from 'node:fs'
import path from 'node:path'
import { stream } from './command.ts'

const packages = ['containerd', 'runc', 'busybox-static', 'containernetworking-plugins']

/** What a real node needs of the machine, and where Debian's packages put it. */
export interface NodePrograms {
  containerd: string
  ctr: string
  busybox: string
  cni: string
}

/**
 * Finds containerd, runc, a static busybox and the CNI plugins; as root on Debian it installs them first where they are missing.
 * Gives the reason in words where a real node cannot run here.
 */
export async function nodePrograms(log: (line: string) => void): Promise<NodePrograms | string> {
  if (process.platform !== 'linux') return 'a real node needs Linux'
  if (process.getuid?.() !== 0) return 'a real node needs root'
  if (missing().length > 0 && existsSync('/usr/bin/apt-get')) {
    log(`installing ${packages.join(' ')}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    try {
      await stream('apt-get', ['update', '-qq'], { env, log })
      await stream('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, log })
    } catch (error) {
      return `a real node needs ${packages.join(', ')}, and installing them failed: ${(error as Error).message.split('\n')[0]}`
    }
  }
  if (missing().length > 0) return `a real node needs ${missing().join(', ')}`
  return { containerd: found('containerd')!, ctr: found('ctr')!, busybox: found('busybox')!, cni: found('ptp')! }
}

/** Directories beside PATH: root's PATH need not name sbin. */
const places: Record<string, string[]> = {
  containerd: ['/usr/bin', '/usr/local/bin'],
  ctr: ['/usr/bin', '/usr/local/bin'],
  runc: ['/usr/sbin', '/usr/bin', '/usr/local/sbin'],
  busybox: ['/bin', '/usr/bin'],
  ptp: ['/usr/lib/cni', '/opt/cni/bin'],
}

function found(program: string): string | undefined {
  const directory = places[program]?.find((candidate) => existsSync(path.join(candidate, program)))
  if (!directory) return undefined
  return program === 'ptp' ? directory : path.join(directory, program)
}

function missing(): string[] {
  return Object.keys(places).filter((program) => !found(program))
}
