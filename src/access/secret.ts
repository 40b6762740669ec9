import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits, as text that goes into headers and cookies. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored of a secret: of so many random bits a plain hash tells nothing. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** In a time that says nothing about where they differ. */
export function isSecret(shown: string, stored: Buffer): boolean {
  return timingSafeEqual(digestOf(shown), stored)
}
