// The certificate a TLS listener shows, read from its two files. It is tried before anything listens, so that what is wrong
// with it stops the start, or the change to it, and never a client.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { TlsConfig } from '../config/config.ts'
import { SluiceError } from '../errors.ts'

/** Plain data: it is posted to threads. */
export type Certificate = {
  /** PEM: the certificate, then those that lead up to a root. */
  readonly cert: string
  /** PEM. */
  readonly key: string
  /** What session tickets are sealed with: one and the same in every thread, or a session could not be resumed in another. */
  readonly ticketKeys: Uint8Array
}

const ticketKeyBytes = 48

/** @throws SluiceError CONFIG_INVALID when a file cannot be read, is no PEM, or the key is not that of the certificate. */
export async function readCertificate(tls: TlsConfig): Promise<Certificate> {
  const [cert, key] = await Promise.all([readPem('certFile', tls.certFile), readPem('keyFile', tls.keyFile)])
  const certificate = { cert, key, ticketKeys: randomBytes(ticketKeyBytes) }
  try {
    createSecureContext(contextOptions(certificate))
  } catch (error) {
    const detail = `tls.certFile ${tls.certFile} and tls.keyFile ${tls.keyFile} are no certificate with its key in PEM`
    throw new SluiceError('CONFIG_INVALID', `${detail}: ${wordsOf(error)}`, {}, error)
  }
  return certificate
}

export function contextOptions({ cert, key, ticketKeys }: Certificate) {
  return { cert, key, ticketKeys: Buffer.from(ticketKeys) }
}

async function readPem(field: keyof TlsConfig, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SluiceError('CONFIG_INVALID', `tls.${field}: ${path} cannot be read: ${wordsOf(error)}`, {}, error)
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
