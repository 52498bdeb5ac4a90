import { describe, expect, test } from 'vitest'
import { diagnosis, type Found } from '../../../tools/ledger/diagnosis.ts'

const usual: Found = {
  tried: { kind: 'loaded', ledgers: 0 },
  isLinux: true,
  hasUdevRule: true,
  nodes: [],
}

function failed(message: string, code = 'ERR_DLOPEN_FAILED'): Found {
  return { ...usual, tried: { kind: 'failed', code, message } }
}

describe('diagnosis', () => {
  test('a driver that loads is usable, also with nothing plugged in', () => {
    expect(diagnosis(usual)).toEqual({
      isUsable: true,
      sentences: [
        'The driver is installed and loads.',
        'No Ledger is plugged in just now; one will be found when it is.',
      ],
    })
  })

  test.each([
    ['libusb-1.0.so.0', 'libusb-1.0-0', 'libusb1', 'libusb'],
    ['libudev.so.1', 'libudev1', 'systemd-libs', 'systemd-libs'],
  ])(
    'a missing %s is named, with its package on three systems',
    (library, debian, fedora, arch) => {
      const { isUsable, sentences } = diagnosis(
        failed(`${library}: cannot open shared object file: No such file or directory`),
      )
      expect(isUsable).toBe(false)
      expect(sentences).toEqual([
        `The driver needs ${library}, which is not on this machine. Debian and Ubuntu: apt-get install ${debian}. Fedora: dnf install ${fedora}. Arch: pacman -S ${arch}. Then run npm run ledger:install again.`,
      ])
    },
  )

  test.each([
    ["/lib/libc.so.6: version `GLIBC_2.38' not found", 'newer C library'],
    ['No native build was found for platform=linux arch=riscv64', 'npm rebuild'],
    ['Could not locate the bindings file. Tried: …', 'npm rebuild'],
    ['something else', 'does not load (ERR_DLOPEN_FAILED): something else'],
  ])('"%s" is explained', (message, words) => {
    const { isUsable, sentences } = diagnosis(failed(message))
    expect(isUsable).toBe(false)
    expect(sentences.join()).toContain(words)
  })

  test('a missing rule is told with what to do, and is no failure: root may do without', () => {
    const { isUsable, sentences } = diagnosis({ ...usual, hasUdevRule: false })
    expect(isUsable).toBe(true)
    expect(sentences[1]).toContain('99-chrono-ledger.rules /etc/udev/rules.d/')
  })

  test('no rule is asked for where there is no udev', () => {
    const { sentences } = diagnosis({ ...usual, isLinux: false, hasUdevRule: false })
    expect(sentences.join()).not.toContain('udev')
  })

  test('a Ledger that this user may not open makes it unusable', () => {
    const nodes = [{ path: '/dev/hidraw3', isOpenToUs: false }]
    const { isUsable, sentences } = diagnosis({ ...usual, nodes })
    expect(isUsable).toBe(false)
    expect(sentences.join()).toContain('/dev/hidraw3')
  })

  test('a Ledger that can be opened is said to be there; two are one too many', () => {
    const nodes = [{ path: '/dev/hidraw3', isOpenToUs: true }]
    const one = diagnosis({ ...usual, tried: { kind: 'loaded', ledgers: 1 }, nodes })
    expect(one).toMatchObject({ isUsable: true })
    expect(one.sentences.at(-1)).toBe('A Ledger is there and can be opened.')
    const two = diagnosis({ ...usual, tried: { kind: 'loaded', ledgers: 2 }, nodes })
    expect(two.sentences.join()).toContain('More than one')
  })
})
