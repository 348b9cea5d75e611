import type { Command } from './command.ts'

/** Programs that work on files. */
export const FILE_COMMANDS: Record<string, Command> = {
  ls: (c) => {
    const paths = c.args.filter((a) => !a.startsWith('-'))
    let code = 0
    for (const path of paths.length ? paths : ['.']) {
      const at = c.resolve(path === '.' ? '' : path)
      const names = c.world.files.list(at)
      if (names) c.out(names.map((n) => `${n}\n`).join(''))
      else if (c.world.files.read(at) !== undefined) c.out(`${path}\n`)
      else {
        c.err(`ls: ${path}: No such file or directory\n`)
        code = 1
      }
    }
    return code
  },
  touch: (c) => {
    for (const path of c.args.filter((a) => !a.startsWith('-'))) c.world.files.write(c.resolve(path), '', true)
    return 0
  },
  mkdir: (c) => {
    for (const path of c.args.filter((a) => !a.startsWith('-'))) (c.world.files as any).mkdir?.(c.resolve(path))
    return 0
  },
  rm: (c) => {
    let code = 0
    const force = c.args.some((a) => /^-\w*f/.test(a))
    for (const path of c.args.filter((a) => !a.startsWith('-'))) {
      if (c.world.files.remove(c.resolve(path)) || force) continue
      c.err(`rm: can't remove '${path}': No such file or directory\n`)
      code = 1
    }
    return code
  },
  cp: (c) => {
    const [from = '', to = ''] = c.args.filter((a) => !a.startsWith('-'))
    const text = c.world.files.read(c.resolve(from))
    if (text === undefined) {
      c.err(`cp: can't stat '${from}': No such file or directory\n`)
      return 1
    }
    const target = c.resolve(to)
    c.world.files.write(c.world.files.isDirectory(target) ? `${target}/${from.split('/').at(-1)}` : target, text, false)
    return 0
  },
  mv: (c) => {
    const [from = '', to = ''] = c.args.filter((a) => !a.startsWith('-'))
    const text = c.world.files.read(c.resolve(from))
    if (text === undefined) {
      c.err(`mv: can't rename '${from}': No such file or directory\n`)
      return 1
    }
    c.world.files.write(c.resolve(to), text, false)
    c.world.files.remove(c.resolve(from))
    return 0
  },
  chmod: () => 0,
  chown: () => 0,
  ln: () => 0,
  sync: () => 0,
}
