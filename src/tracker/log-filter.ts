import { messageOf } from '../errors.ts'
import type { KubeObject } from '../resource.ts'
import { type AnnotationError, readTrackingAnnotations, type TrackingSettings } from './annotations.ts'

/** Whether a line of a container is shown. */
export type LogFilter = (line: string) => boolean

const showAll: LogFilter = () => true

/**
 * The filter that the `log-regex*` annotations describe, for one container. Patterns are RE2, searched unanchored; those that hide come
 * first, then every pattern that shows must match. re2js is loaded only where a pattern is set. A pattern that does not compile hides nothing.
 */
export async function compileLogFilter(settings: TrackingSettings, container: string): Promise<LogFilter> {
  const skip = [settings.logRegexSkip, settings.logRegexSkipFor[container]].filter((pattern) => pattern !== undefined)
  const show = [settings.logRegex, settings.logRegexFor[container]].filter((pattern) => pattern !== undefined)
  if (skip.length + show.length === 0) return showAll
  const { RE2JS } = await import('re2js')
  const compile = (pattern: string) => {
    try {
      return [RE2JS.compile(pattern)]
    } catch {
      return []
    }
  }
  const hides = skip.flatMap(compile)
  const shows = show.flatMap(compile)
  return (line) => !hides.some((pattern) => pattern.test(line)) && shows.every((pattern) => pattern.test(line))
}

/** The `log-regex*` annotations of a manifest that are no RE2 patterns. For the validate stage. */
export async function checkLogPatterns(object: Pick<KubeObject, 'metadata'>): Promise<AnnotationError[]> {
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => /^(werf\.io|converge\.dev)\/log-regex/.test(key))
  if (annotations.length === 0) return []
  const { RE2JS } = await import('re2js')
  const errors = readTrackingAnnotations(object).errors.filter(({ key }) => annotations.some(([name]) => name === key))
  for (const [key, value] of annotations) {
    if (errors.some((error) => error.key === key)) continue
    try {
      RE2JS.compile(String(value).trim())
    } catch (error) {
      errors.push({ key, value, message: `it is no RE2 pattern: ${messageOf(error)}` })
    }
  }
  return errors
}
