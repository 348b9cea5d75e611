import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../src/cluster/connection.ts'
import { useNamespace } from './namespace.ts'

describe('the schemas that are kept on disk', () => {
  const test = useNamespace('sandbox')
  let home: string
  let kept: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'converge-schemas-'))
    kept = join(home, 'converge', 'openapi')
  })
  afterEach(() => rm(home, { recursive: true, force: true }))

  async function ask(): Promise<boolean> {
    const cluster = await connect({ kubeconfig: test.kubeconfig, context: 'test', env: { XDG_CACHE_HOME: home } })
    const schema = await cluster.schemaOf('apps/v1', 'Deployment')
    await cluster.close()
    return schema !== undefined
  }

  it('survive what is not theirs, and are written anew', async () => {
    expect(await ask()).toBe(true)
    const files = await readdir(kept)
    expect(files.length).toBeGreaterThan(0)
    for (const broken of ['', '{', 'null', '[]', '{"schemas":1,"kinds":{}}']) {
      for (const name of files) await writeFile(join(kept, name), broken)
      expect(await ask(), broken).toBe(true)
      for (const name of files) expect((await stat(join(kept, name))).size).toBeGreaterThan(broken.length)
    }
  })

  it('are read and written by many at once', async () => {
    expect(await Promise.all(Array.from({ length: 8 }, ask))).toEqual(Array(8).fill(true))
    expect((await readdir(kept)).filter((name) => !name.endsWith('.json'))).toEqual([])
  })

  it('are done without where there is no room for them', async () => {
    await writeFile(join(home, 'converge'), 'a file')
    expect(await ask()).toBe(true)
  })

  it('are no more than 32 MiB, the oldest going first', async () => {
    await mkdir(kept, { recursive: true })
    for (let number = 0; number < 5; number++) {
      const path = join(kept, `${number}.json`)
      await writeFile(path, 'x'.repeat(8 * 1024 * 1024))
      await utimes(path, number + 1, number + 1)
    }
    expect(await ask()).toBe(true)
    const names = await readdir(kept)
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(kept, name))).size))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(32 * 1024 * 1024)
    expect(names).not.toContain('0.json')
    expect(names).toContain('4.json')
  })
})
