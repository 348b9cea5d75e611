/** node:crypto, loaded at its first use: most charts need none of it, and loading takes milliseconds. */
export function crypto(): typeof import('node:crypto') {
  return (loaded ??= process.getBuiltinModule('node:crypto'))
}

let loaded: typeof import('node:crypto') | undefined
