/** What a machine lacks for a Ledger over USB, in sentences that say how to get it. Pure. */

/** What was seen when the driver was tried. */
export type Tried =
  | { readonly kind: 'loaded'; readonly ledgers: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

/** A Ledger that the kernel knows of. */
export type HidNode = { readonly path: string; readonly isOpenToUs: boolean }

export type Found = {
  readonly tried: Tried
  readonly isLinux: boolean
  /** Whether some rule of udev's names Ledger's vendor id. */
  readonly hasUdevRule: boolean
  readonly nodes: readonly HidNode[]
}

export type Diagnosis = { readonly isUsable: boolean; readonly sentences: readonly string[] }

const packages = [
  {
    library: 'libusb-1.0.so.0',
    debian: 'libusb-1.0-0',
    fedora: 'libusb1',
    arch: 'libusb',
  },
  { library: 'libudev.so.1', debian: 'libudev1', fedora: 'systemd-libs', arch: 'systemd-libs' },
] as const

const rules = 'signer-bridge/deploy/99-chrono-ledger.rules'

/** Whether a Ledger can be used here, and all that there is to say about it. */
export function diagnosis({ tried, isLinux, hasUdevRule, nodes }: Found): Diagnosis {
  if (tried.kind === 'failed') return { isUsable: false, sentences: [whyNot(tried)] }
  const sentences = ['The driver is installed and loads.']
  if (isLinux && !hasUdevRule) {
    sentences.push(
      `No rule of udev's names Ledger, so that only root may open one. As root: groupadd --system ledger; usermod --append --groups ledger <the bridge's user>; install -m 0644 ${rules} /etc/udev/rules.d/; udevadm control --reload; udevadm trigger. Then plug the Ledger in again, and let the user log in anew.`,
    )
  }
  const shut = nodes.filter(({ isOpenToUs }) => !isOpenToUs)
  for (const { path } of shut) {
    sentences.push(
      `A Ledger is at ${path}, and this user may not open it: it takes the rule above, and membership in its group (see id -nG).`,
    )
  }
  const isSeen = tried.ledgers > 0 || nodes.length > 0
  if (!isSeen) sentences.push('No Ledger is plugged in just now; one will be found when it is.')
  if (tried.ledgers > 1)
    sentences.push('More than one Ledger is plugged in: the bridge takes none.')
  if (tried.ledgers === 1 && shut.length === 0)
    sentences.push('A Ledger is there and can be opened.')
  return { isUsable: shut.length === 0, sentences }
}

function whyNot({ code, message }: Extract<Tried, { kind: 'failed' }>): string {
  const lacking = packages.find(({ library }) => message.includes(library))
  if (lacking !== undefined) {
    const { library, debian, fedora, arch } = lacking
    return `The driver needs ${library}, which is not on this machine. Debian and Ubuntu: apt-get install ${debian}. Fedora: dnf install ${fedora}. Arch: pacman -S ${arch}. Then run npm run ledger:install again.`
  }
  if (message.includes('GLIBC')) {
    return `The driver was built for a newer C library than this machine has: ${message} It takes Debian 12, Ubuntu 22.04 or newer.`
  }
  if (/native build|bindings|prebuild/i.test(message)) {
    return 'The driver comes built for Linux, macOS and Windows on usual processors, and not for this one. With a compiler, Python and the headers of libusb and libudev (Debian: apt-get install build-essential python3 pkg-config libusb-1.0-0-dev libudev-dev) it can be built: npm rebuild --prefix signer-bridge/ledger/native.'
  }
  return `The driver does not load (${code}): ${message}`
}
