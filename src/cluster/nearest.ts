import { editDistance } from '../edit-distance.ts'

/** The name of `names` that is nearest to `word` (edit distance of at most a third of its length, or one contains the other), or undefined. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.ceil(word.length / 3)) + 1
  for (const name of names) {
    const contained = word.length > 2 && (name.includes(word) || word.includes(name))
    const distance = contained ? 1.5 : editDistance(word.toLowerCase(), name.toLowerCase())
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}
