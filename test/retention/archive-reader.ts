import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

const line = z.object({
  job: z.looseObject({ task_id: z.string(), state: z.string() }).optional(),
  detail: z.looseObject({ task_id: z.string(), record: z.unknown() }).nullable(),
})

export interface ReadArchive {
  /** Whole files, in the order of their names. */
  readonly files: readonly { readonly name: string; readonly mode: number }[]
  readonly tasks: readonly z.infer<typeof line>[]
}

/** Reads all that an archive holds; what is not whole has no name that ends in .gz. */
export async function readArchive(folder: string): Promise<ReadArchive> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.jsonl.gz'))
    .sort()
  const files = await Promise.all(
    names.map(async (name) => ({ name, mode: (await stat(join(folder, name))).mode & 0o777 })),
  )
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))))
  const tasks = contents.flatMap((content) =>
    gunzipSync(content)
      .toString()
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => line.parse(JSON.parse(text))),
  )
  return { files, tasks }
}
