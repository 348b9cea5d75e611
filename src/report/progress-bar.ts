import type { Theme } from './theme.ts'

/** A bar of `width` cells, full as far as `done` is of `total`; without colour by its signs alone. */
export function progressBar(done: number, total: number, width: number, theme: Theme): string {
  const full = total > 0 ? Math.min(width, Math.max(0, Math.floor((done / total) * width))) : width
  return theme.ok('█'.repeat(full)) + theme.dim('░'.repeat(width - full))
}
