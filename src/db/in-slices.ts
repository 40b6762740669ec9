/** Deletes again and again until less than a whole slice goes, so that nobody waits for all of it. */
export async function inSlices(
  size: number,
  deleteSome: (size: number) => Promise<{ readonly numAffectedRows?: bigint }>,
): Promise<void> {
  let gone: bigint | undefined
  do {
    gone = (await deleteSome(size)).numAffectedRows
  } while (gone === BigInt(size))
}
