/** Whether to colour a stream: --color, then NO_COLOR and FORCE_COLOR, then whether it is a terminal or a CI system that shows colours. */
export function wantsColor(stream: { isTTY?: boolean }, flag: string | undefined, env: NodeJS.ProcessEnv = process.env): boolean {
  if (flag === 'always') return true
  if (flag === 'never') return false
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0'
  if (env.TERM === 'dumb') return false
  return stream.isTTY === true || env.GITHUB_ACTIONS === 'true' || env.GITLAB_CI === 'true'
}
