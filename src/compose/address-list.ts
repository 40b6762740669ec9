import { BlockList, isIP } from 'node:net'
import { BadConfig } from '../config.js'

/** Whether an address is in a list of addresses and networks. Throws BadConfig for what is neither. */
export function addressList(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    try {
      if (bits === undefined) list.addAddress(address, family)
      else list.addSubnet(address, Number(bits), family)
    } catch {
      throw new BadConfig(`trusted_proxies: ${entry} is no address or network such as 10.0.0.0/8`)
    }
  }
  return (address) => {
    // IPv4 on a socket that takes both.
    const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
    return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}
