import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const storedChart = fileURLToPath(new URL('./goldens/chart', import.meta.url))
export const goldenPath = fileURLToPath(new URL('./goldens/stored.json', import.meta.url))

/** The flags of the values that the stored release was installed with. */
export const set = ['user.n=12345678901,user.s=<x>,alpha.float=null']
export const setJson = ['nested={"b":[1,2.5],"a":null}']

/** The JSON that Helm 4 would store for `chart`, byte for byte, without its times. */
export async function helmReleaseJson(helm: string): Promise<string> {
  const values = [...set.flatMap((value) => ['--set', value]), ...setJson.flatMap((value) => ['--set-json', value])]
  const { stdout } = await run(helm, ['install', 'rel', storedChart, '-n', 'shop', '--dry-run=client', '-o', 'json', ...values], {
    env: { ...process.env, KUBECONFIG: '/dev/null' },
  })
  return withoutTimes(stdout)
}

/** Modification times are left out, the others are the epoch: they differ from checkout to checkout. */
export function withoutTimes(json: string): string {
  return `${json
    .trim()
    .replaceAll(/,"modtime":"[^"]*"/g, '')
    .replace(/"schemamodtime":"[^"]*"/, '"schemamodtime":"0001-01-01T00:00:00Z"')
    .replaceAll(/"(first|last)_deployed":"[^"]*"/g, '"$1_deployed":"1970-01-01T00:00:00Z"')}\n`
}
