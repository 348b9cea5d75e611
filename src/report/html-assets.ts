/** The look of the report; light and dark by the reader's system. */
export const htmlStyle = `
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #cf222e; --warn: #9a6700; --dim: #6e7781; --line: #8884; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 0; display: inline; }
details { margin: 24px 0 8px; } summary { cursor: pointer; margin-bottom: 8px; }
.ok { color: var(--ok); } .bad { color: var(--bad); } .warn { color: var(--warn); } .dim { color: var(--dim); }
pre { font: 12px/1.45 ui-monospace, monospace; overflow: auto; max-height: 480px; margin: 0; padding: 10px; border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td { text-align: left; padding: 3px 8px 3px 0; vertical-align: top; border-bottom: 1px solid var(--line); } td:last-child { overflow-wrap: anywhere; width: 60%; }
.row { display: grid; grid-template-columns: minmax(120px, 280px) 1fr 70px; gap: 10px; align-items: center; padding: 2px 0; }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.scale { display: flex; justify-content: space-between; }
svg { width: 100%; height: 16px; background: var(--line); border-radius: 3px; display: block; }
.bar { fill: #8c959f; } .bar.waiting, .bar.progressing { fill: #d4a72c; } .bar.ready { fill: #2da44e; } .bar.failed { fill: #cf222e; } .bar.hook { fill: #8250df; }
.mark.log { fill: #0969da; } .mark.event { fill: #57606a; } .mark.warning { fill: #bc4c00; } .mark.restart { fill: #bf3989; } .mark.failure { fill: #000; }
.key { display: inline-block; width: 10px; height: 10px; margin-left: 10px; } .key.log { background: #0969da; } .key.event { background: #57606a; } .key.warning { background: #bc4c00; } .key.restart { background: #bf3989; } .key.failure { background: #000; }
.card { border: 1px solid var(--bad); border-radius: 6px; padding: 12px 16px; margin: 8px 0; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: 4px 8px; margin-bottom: 6px; }
`

/** Filters the logs, by text nodes only. The page's policy names it by its digest, so that nothing else can run. */
export const htmlScript = `
(() => {
const pre = document.getElementById('logs'), filter = document.getElementById('filter')
if (!pre) return
const lines = pre.textContent.split('\\n')
filter.hidden = false
filter.addEventListener('input', () => { const words = filter.value.toLowerCase(); pre.textContent = lines.filter((line) => line.toLowerCase().includes(words)).join('\\n') })
})()
`
