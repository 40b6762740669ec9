import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'

const ways = { br: promisify(brotliCompress), gz: promisify(gzip) }

/**
 * Writes a compressed copy beside each file of a folder, in both encodings that browsers take: once at build time, as well
 * as it goes, instead of at each request.
 *
 * @param {string} folder
 */
export async function compressFiles(folder) {
  const files = readdirSync(folder).filter((name) => /\.(js|css|svg)$/.test(name))
  await Promise.all(
    files.flatMap((name) =>
      Object.entries(ways).map(async ([extension, compress]) => {
        const path = join(folder, name)
        writeFileSync(`${path}.${extension}`, await compress(readFileSync(path)))
      }),
    ),
  )
}
