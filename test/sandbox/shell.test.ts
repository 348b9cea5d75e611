import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFiles } from '../../src/sandbox/pods/files.ts'
import { startProcess } from '../../src/sandbox/pods/shell.ts'
import type { World } from '../../src/sandbox/pods/shell-state.ts'

const env = { GREETING: 'hello world', EMPTY: '', N: '3' }

async function simulate(script: string): Promise<{ code: number; output: string }> {
  const world: World = {
    env: { ...env, PATH: '/bin' },
    files: createFiles([], 'host'),
    hostname: 'host',
    lenient: false,
    lifetime: 0,
    serving: () => {},
    reach: () => 'unknown',
    sleep: (seconds, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, seconds * 1000)
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          reject(new Error('aborted'))
        })
      }),
  }
  let output = ''
  const run = startProcess(['sh', '-c', script, 'script', 'one', 'two words'], world, (text) => {
    output += text
  })
  return { code: (await run!.done).code, output }
}

const scripts = [
  'echo one; echo two && echo three || echo four',
  'false || echo recovered; false && echo never; echo $?',
  'echo "$GREETING" $GREETING; echo "${EMPTY:-default}" "${EMPTY-unset}" "${NONE:-x y}" ${#GREETING}',
  'echo \'single $N\' "double $N" mixed\'$N\'"$N"',
  'for i in 1 2 3; do echo "item $i"; done',
  'for i in $(seq 1 3); do printf "%s-" "$i"; done; echo',
  'i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i -eq 2 ] && continue; [ $i -eq 4 ] && break; echo $i; done; echo end $i',
  'until [ "$N" -eq 0 ]; do echo $N; N=$((N-1)); done',
  'if [ "$N" = 3 ]; then echo three; elif [ -n "$N" ]; then echo other; else echo none; fi',
  'case "$GREETING" in hello*) echo greeting;; *) echo other;; esac',
  'case b in a|b) echo ab;; esac; case x in a) echo a;; esac; echo $?',
  'greet() { echo "hi $1"; return 4; }; greet you; echo $?',
  'f() { local x=inner; echo $x; }; x=outer; f; echo $x',
  'set -e; echo before; false; echo after',
  'set -e; if false; then :; fi; false || true; echo alive; (exit 3); echo dead',
  'set -u; echo ${N}; echo $UNDEFINED_VARIABLE; echo after',
  'exit 7',
  'trap "echo bye" EXIT; echo work; exit 3',
  '(echo in subshell; exit 5); echo $?',
  'x=$(echo captured; exit 2); echo "$x $?"',
  'echo a | cat; echo "b c" | tr a-z A-Z; printf "3\\n1\\n2\\n" | sort | head -n 2',
  'printf "a b\\nc d\\n" | while read first second; do echo "$second $first"; done',
  'echo to stderr >&2; echo to stdout',
  'echo hidden >/dev/null; echo shown 2>&1',
  'cat <<EOF\nhere $N\n  indented\nEOF',
  "cat <<'EOF'\nraw $N\nEOF",
  'echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7/2)) $((7%3)) $((N*N))',
  'echo "$#" "$1" "$2"; shift; echo "$1"; for a in "$@"; do echo "<$a>"; done',
  'echo "${GREETING%world}|${GREETING#hello }|${GREETING%% *}|${GREETING##* }"',
  'test -f /nonexistent-file && echo yes || echo no; [ ! -d /nonexistent-dir ] && echo absent',
  '[ 1 -lt 2 ] && [ a != b ] && echo both; [ -z "" ] && echo empty',
  'printf "%s %d %05.1f|%-5s|%5s|\\n" text 42 3.14159 ab cd',
  'printf "%s\\n" one two three',
  'echo one; # a comment\necho two \\\n  continued',
  'true; echo $?; ! true; echo $?; ! false; echo $?',
  '{ echo grouped; echo together; } | wc -l | tr -d " "',
  'x=1; { x=2; }; echo $x; (x=3); echo $x',
  'A=1 B=2; echo $A$B; A=9 env | grep "^A=" || true',
  'sleep 0.01 & wait; echo waited',
  'unknown-program-of-nobody; echo $?',
  'echo "quote \\" and \\\\ and \\$N and `echo tick`"',
  'eval "echo evaluated $N"; command -v echo >/dev/null && echo found',
  'export OUT=yes; sh -c \'echo "child $OUT"\'; sh -c "exit 9"; echo $?',
  'echo "  spaced   out  "; echo   spaced   out',
  'IFS_TEST="a b  c"; set -- $IFS_TEST; echo $# $3',
  'for f in one two; do for g in a b; do [ $g = b ] && continue 2; echo $f$g; done; done',
  'n=3; while true; do n=$((n-1)); [ $n -gt 0 ] || break; echo $n; done',
  'echo abc | grep -q b && echo match; echo abc | grep -c x; echo done',
  'basename /a/b/c.txt .txt; dirname /a/b/c.txt',
  'echo a:b:c | cut -d: -f2; printf "x\\ty\\n" | cut -f2',
  'if',
  'echo "unterminated',
]

describe('the simulated shell does what sh does', () => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'sandbox-shell-'))
  test.each(scripts)('%s', async (script) => {
    const real = spawnSync('sh', ['-c', `exec 2>&1; ${script}`, 'script', 'one', 'two words'], {
      env: { ...env, PATH: process.env.PATH },
      cwd,
      encoding: 'utf8',
    })
    const ours = await simulate(`exec 2>&1; ${script}`)
    // Messages of the shell itself have its name in them and differ from shell to shell.
    const plain = (text: string): string => text.replace(/^(script|sh): .*$/gm, 'sh: problem')
    expect({ code: ours.code, output: plain(ours.output) }).toEqual({ code: real.status, output: plain(real.stdout + real.stderr) })
  })
  test('leaves nothing behind', () => rmSync(cwd, { recursive: true }))
})
