/** The file system of one container: mounted volumes over files of its own. Text only. */
export interface Files {
  read(path: string): string | undefined
  write(path: string, text: string, append: boolean): void
  remove(path: string): boolean
  isDirectory(path: string): boolean
  /** The names in a directory. */
  list(path: string): string[] | undefined
}

/** A mounted volume: what reads and writes below `at` go to. */
export interface Mount {
  at: string
  readOnly: boolean
  /** The files by path below the mount; read anew each time, so that changed ConfigMaps are seen. */
  files(): Map<string, string>
}

const MAX = 1024 * 1024

export function createFiles(mounts: Mount[], hostname: string): Files {
  const own = new Map<string, string>([
    ['/etc/hostname', `${hostname}\n`],
    ['/etc/hosts', '127.0.0.1\tlocalhost\n'],
    ['/etc/resolv.conf', 'nameserver 10.96.0.10\n'],
    ['/etc/os-release', 'NAME="Sandbox"\nID=sandbox\n'],
  ])
  const directories = new Set(['/', '/tmp', '/etc', '/var', '/var/log', '/dev', '/proc', '/root', '/home', '/usr', '/bin', '/data'])
  const sorted = [...mounts].sort((a, b) => b.at.length - a.at.length)
  const clean = (path: string): string =>
    `/${path
      .split('/')
      .filter((p) => p !== '' && p !== '.')
      .join('/')}`
  const locate = (path: string): { map: Map<string, string>; key: string; readOnly: boolean } => {
    for (const mount of sorted) {
      if (path === mount.at) return { map: mount.files(), key: '', readOnly: mount.readOnly }
      if (path.startsWith(`${mount.at === '/' ? '' : mount.at}/`))
        return { map: mount.files(), key: path.slice(mount.at.length + 1), readOnly: mount.readOnly }
    }
    return { map: own, key: path, readOnly: false }
  }
  const files: Files = {
    read(path) {
      const { map, key } = locate(clean(path))
      return map.get(key)
    },
    write(path, text, append) {
      const { map, key, readOnly } = locate(clean(path))
      if (readOnly) throw new Error(`can't create ${path}: Read-only file system`)
      const next = append ? (map.get(key) ?? '') + text : text
      map.set(key, next.length > MAX ? next.slice(-MAX) : next)
      directories.add(clean(path).split('/').slice(0, -1).join('/') || '/')
    },
    remove(path) {
      const at = clean(path)
      const { map, key } = locate(at)
      let found = map.delete(key)
      for (const other of [...map.keys()]) if (other.startsWith(`${key}/`)) found = map.delete(other) || found
      return directories.delete(at) || found
    },
    isDirectory(path) {
      const at = clean(path)
      return directories.has(at) || sorted.some((m) => m.at === at || m.at.startsWith(`${at}/`)) || (files.list(at)?.length ?? 0) > 0
    },
    list(path) {
      const at = clean(path)
      const names = new Set<string>()
      const mount = sorted.find((m) => at === m.at || at.startsWith(`${m.at}/`))
      const prefix = mount ? at.slice(mount.at.length + 1) : at
      for (const key of (mount ? mount.files() : own).keys()) {
        const rest =
          prefix === '' ? key : prefix === '/' ? key.slice(1) : key.startsWith(`${prefix}/`) ? key.slice(prefix.length + 1) : undefined
        if (rest) names.add(rest.split('/')[0]!)
      }
      for (const directory of [...directories, ...sorted.map((m) => m.at)])
        if (directory !== at && directory.startsWith(at === '/' ? '/' : `${at}/`))
          names.add(directory.slice(at === '/' ? 1 : at.length + 1).split('/')[0]!)
      return names.size > 0 || directories.has(at) || mount?.at === at ? [...names].sort() : undefined
    },
  }
  // mkdir is a write of nothing below a directory.
  return Object.assign(files, { mkdir: (path: string) => directories.add(clean(path)) })
}
