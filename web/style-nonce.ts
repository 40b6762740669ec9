/** The nonce with which the server lets this page have style elements; they are refused without. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''
}

// Where the library that locks scrolling behind a dialog looks for it.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() })
