import { shorten } from './containers.ts'

/** What a registry or the way to it says, without the chain of what was about to be done: `its registry r.example cannot be reached: no such host`. */
export function pullCause(message: string): string {
  if (/^Back-off pulling image "[^"]*"$/.test(message)) return ''
  const text = message.replace(/^Back-off pulling image "[^"]*": /, '').replace(/^(?:ErrImagePull|ImagePullBackOff): /, '')
  const cause =
    /(?:failed to resolve reference|failed to resolve image|failed to pull and unpack image) "[^"]*": (?!failed to resolve)(.*)$/s.exec(
      text,
    )?.[1] ?? text
  const unreached = /(?:Head|Get) "https?:\/\/([^/"]+)[^"]*": (?:dial tcp|net\/http|context|read tcp|EOF).*?([^:]+)$/s.exec(cause)
  return shorten(unreached ? `its registry ${unreached[1]} cannot be reached: ${unreached[2]!.trim()}` : cause)
}

/** What a container runtime says after all that it was about to do. */
export function runtimeCause(message: string): string {
  const text = message.replace(/: unknown$/, '')
  const mount =
    /error mounting "[^"]*?\/volume(?:s\/[^"]*?~[\w-]+|-subpaths)\/([\w.-]+)[^"]*" to rootfs at "([^"]+)":.*?([^:]+?)(?:: Are you .*)?$/s.exec(
      text,
    )
  if (mount) return shorten(`volume ${mount[1]} cannot be mounted at ${mount[2]}: ${mount[3]!.trim()}`)
  const cause = /(exec: .*|failed to (?:apply|set) .*)$/s.exec(text)?.[1]
  return shorten(cause ?? text.replace(/^.*(?:error during container init|unable to start container process): /s, ''))
}

/** What the kubelet says of a container's configuration, without the Pod that it is said of. */
export function configCause(message: string): string {
  return shorten(message.replace(/ \(pod: "[^"]*", container: [^)]*\)$/, ''))
}
