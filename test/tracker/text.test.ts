import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTrackingAnnotations } from '../../src/tracker/annotations.ts'
import { formatDuration, parseDuration } from '../../src/tracker/duration.ts'
import { checkLogPatterns, compileLogFilter } from '../../src/tracker/log-filter.ts'
import { cleanLine } from '../../src/tracker/log-line.ts'
import { compareTimes, startPosition } from '../../src/tracker/log-position.ts'
import { commonSelector, selectorMatches } from '../../src/tracker/selector.ts'

const read = (annotations: Record<string, string>) => readTrackingAnnotations({ metadata: { name: 'web', annotations } })

describe('annotations', () => {
  it('has every key of werf, and the own prefix wins', () => {
    const { settings, errors } = read({
      'werf.io/track-termination-mode': 'NonBlocking',
      'werf.io/fail-mode': ' IgnoreAndContinueDeployProcess ',
      'werf.io/failures-allowed-per-replica': '3',
      'converge.dev/failures-allowed-per-replica': '4',
      'werf.io/ignore-readiness-probe-fails-for-web': '1m30s',
      'werf.io/no-activity-timeout': '10m',
      'werf.io/log-regex': 'a',
      'werf.io/log-regex-for-web': 'b',
      'werf.io/log-regex-skip': 'c',
      'werf.io/log-regex-skip-for-web': 'd',
      'werf.io/skip-logs': 'true',
      'werf.io/skip-logs-for-containers': 'a, b',
      'werf.io/show-logs-only-for-containers': 'c',
      'werf.io/show-logs-only-for-number-of-replicas': '0',
      'werf.io/show-service-messages': 'T',
      'werf.io/weight': '7',
    })
    expect(errors).toEqual([])
    expect(settings).toEqual({
      termination: 'NonBlocking',
      failMode: 'IgnoreAndContinueDeployProcess',
      failuresAllowedPerReplica: 4,
      ignoreReadinessFailuresMs: { web: 90_000 },
      noActivityMs: 600_000,
      logRegex: 'a',
      logRegexFor: { web: 'b' },
      logRegexSkip: 'c',
      logRegexSkipFor: { web: 'd' },
      skipLogs: true,
      skipLogsForContainers: ['a', 'b'],
      showLogsOnlyForContainers: ['c'],
      showLogsOnlyForReplicas: 0,
      showServiceMessages: true,
    })
  })

  it.each([
    ['werf.io/fail-mode', 'Maybe', /one of FailWhole/],
    ['werf.io/failures-allowed-per-replica', '-1', /whole number/],
    ['werf.io/no-activity-timeout', '4', /duration/],
    ['converge.dev/skip-logs', 'yes', /true or false/],
    ['werf.io/skip-logs-for-containers', 'a,,b', /names of containers/],
    ['werf.io/log-regex-for-', 'x', /container is missing/],
    ['werf.io/ignore-readiness-probe-fails-for-web', 'soon', /duration/],
  ])('%s: %s is refused', (key, value, message) => {
    expect(read({ [key]: value }).errors).toEqual([{ key, value, message: expect.stringMatching(message) }])
  })

  it('patterns are RE2', async () => {
    expect(
      await checkLogPatterns({
        metadata: { name: 'web', annotations: { 'werf.io/log-regex': '(?i)error', 'werf.io/log-regex-skip': '(?=x)' } },
      }),
    ).toEqual([{ key: 'werf.io/log-regex-skip', value: '(?=x)', message: expect.stringMatching(/RE2/) }])
  })

  it('hides first, then shows what matches all', async () => {
    const { settings } = read({ 'werf.io/log-regex': 'e', 'werf.io/log-regex-for-web': 'o', 'werf.io/log-regex-skip': 'x' })
    const web = await compileLogFilter(settings, 'web')
    const other = await compileLogFilter(settings, 'other')
    expect(['eo', 'e', 'o', 'eox'].map(web)).toEqual([true, false, false, false])
    expect(['eo', 'e', 'o', 'eox'].map(other)).toEqual([true, true, false, false])
  })
})

describe('durations', () => {
  it.each<[string, number | undefined]>([
    ['0', 0],
    ['4m', 240_000],
    ['1h2m3.5s', 3_723_500],
    ['300ms', 300],
    ['-1s', -1000],
    ['.5s', 500],
    ['5', undefined],
    ['', undefined],
    ['s', undefined],
    ['1 s', undefined],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })
  it.each<[number, string]>([
    [0, '0s'],
    [830, '0.8s'],
    [9_990, '10s'],
    [59_600, '1m'],
    [240_000, '4m'],
    [250_000, '4m10s'],
    [7_500_000, '2h5m'],
  ])('%d ms', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('a line of a log', () => {
  it.each([
    ['plain\ttext ü 😀', 'plain\ttext ü 😀'],
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u009b31mred', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b(Btext\u001b7', 'text'],
    ['10%\r50%\r100%', '100%'],
    ['windows\r', 'windows'],
    ['\u0000\u0007bell\u0008', 'bell'],
    ['abc\u202edef', 'abcdef'],
  ])('%j', (line, clean) => {
    expect(cleanLine(line)).toBe(clean)
  })

  it('is cut at 16 KiB between characters', () => {
    const line = cleanLine('ü'.repeat(20_000))
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(16 * 1024)
    expect(line).toMatch(/^ü+ … \(40000 bytes\)$/)
  })

  it('has no control characters left, whatever it was', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => !/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(cleanLine(line))))
  })
})

describe('the position in a log', () => {
  it('orders times with fractions of any length and any zone', () => {
    const times = [
      '2026-01-02T12:00:00Z',
      '2026-01-02T12:00:00.1Z',
      '2026-01-02T12:00:00.12Z',
      '2026-01-02T14:00:00.2+02:00',
      '2026-01-02T12:00:01Z',
    ]
    for (let i = 0; i < times.length; i++)
      for (let j = 0; j < times.length; j++) expect(Math.sign(compareTimes(times[i]!, times[j]!))).toBe(Math.sign(i - j))
  })

  it('loses and repeats nothing, wherever a log is cut and taken up again', () => {
    // Times with ties, as a burst has them.
    const log = fc
      .array(fc.nat(6), { minLength: 1, maxLength: 30 })
      .map((steps) => steps.sort((a, b) => a - b).map((second, index) => ({ time: `2026-01-02T12:00:0${second}Z`, index })))
    fc.assert(
      fc.property(log, fc.array(fc.nat(30), { maxLength: 5 }), (lines, cuts) => {
        const position = startPosition()
        const got: number[] = []
        for (const cut of [...cuts.sort((a, b) => a - b), lines.length]) {
          const skip = position.resume()
          const from = position.time
          for (const line of lines.slice(0, cut)) {
            if (from !== undefined && line.time < from) continue
            if (skip(line.time)) continue
            position.note(line.time)
            got.push(line.index)
          }
        }
        expect(got).toEqual(lines.map((line) => line.index))
      }),
    )
  })
})

describe('a selector', () => {
  it.each<[Record<string, string>[], string | undefined]>([
    [[], undefined],
    [[{ app: 'web' }], 'app=web'],
    [
      [
        { app: 'web', tier: 'x' },
        { app: 'db', tier: 'x' },
      ],
      'tier=x,app in (db,web)',
    ],
    [[{ app: 'web' }, { name: 'db' }], undefined],
    [[{ app: 'web' }, {}], undefined],
  ])('%j', (sets, selector) => {
    expect(commonSelector(sets)).toBe(selector)
  })

  it('is satisfied by all that it was made from, and by nothing without its labels', () => {
    const sets: Record<string, string>[] = [
      { app: 'web', tier: 'x' },
      { app: 'db', tier: 'x', more: '1' },
    ]
    const selector = commonSelector(sets)
    expect(sets.map((labels) => selectorMatches(selector, labels))).toEqual([true, true])
    expect(
      [{ app: 'web' }, { app: 'other', tier: 'x' }, {}].map((labels) => selectorMatches(selector, labels as Record<string, string>)),
    ).toEqual([false, false, false])
    expect(selectorMatches(undefined, {})).toBe(true)
  })
})
