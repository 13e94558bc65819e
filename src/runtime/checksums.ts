/** SHA-256 of official release files: nothing is run that was downloaded and is not one of these. */

/** By version, then by OS and architecture as Go names them. */
type Checksums = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The archives `helm-vVERSION-OS-ARCH.tar.gz` (for Windows: `.zip`). */
export const HELM_CHECKSUMS: Checksums = {
  '4.2.4': {
    'darwin-amd64': '6c163d687ca03c3b5c01928e53bbbcf9518278f47ce7a2f249a5a08e8bdaa2bc',
    'darwin-arm64': 'd747eb4e28bd2727173d15b759fa0a17822291ec09db7ced3d55af290a3661a2',
    'linux-amd64': 'c306b46f719b0a4da32d0f78ee21bf90ce8d602f15b22ab753f0674d1670a7f3',
    'linux-arm': '894e901f7daaf9b458baad7b5c685bfeef49070d7d53f99687bd5846a6c13639',
    'linux-arm64': '564de2191b881e9f71b5606b25345821ea1682f06ab90499d3ab22b530176da1',
    'linux-386': '45297aeac0c65173a89e8de832997f952ba5115c2db09b2e3f2c23a601e70583',
    'linux-loong64': 'faafbfecc1a06196e650c3ce0c74d5ac32cb1c0c0a855fa76e59dd100cb8d4c4',
    'linux-ppc64le': '5c00073e9d493de201384bb7eb19d60615bd7c39db52148473e8ce6da84bc70a',
    'linux-s390x': '5396a35fca5fa46e5614140363f389ce66f96886c1b25f256d9e3028299422fa',
    'linux-riscv64': 'd8532a3524ca842887b15ab794377dc9c8ced8f26264c84171b4b0aafff05411',
    'windows-amd64': 'e94d83a4706fd82078c98dade2079fa9d9680c1c2bfb93bfc304ee6bc2412a32',
    'windows-arm64': 'dbe8b49ea9877abe3d77354a792efb01920da9f65a492fcb8b4fce4e08bbae8f',
  },
  '3.21.4': {
    'darwin-amd64': '9173d05edf9592c6be1d0412ffafd935448dfc7a63c2bc732b8c67e55503e8a8',
    'darwin-arm64': '6e0bf5eb6daafc2b1ec34bb5ba04ef103f3afc16192fb19805c2924d7ea1033f',
    'linux-amd64': '61f88ab166748cb19604d7884cb100ae9ccb13804ddeb98e08af167eacbb6a14',
    'linux-arm': 'b02709eab565cfcee8acdb10c143daf05ab06d994baeb85e63976513367925a7',
    'linux-arm64': 'b54c04b4e0b2540bbdc08c17a121dab70e9a2ed0de5705528fec68a5fd3b85a7',
    'linux-386': '71280742be811c7d9d6b4546125f185ba01c6fd967e47491766b0055a0570cf5',
    'linux-ppc64le': 'ba4e4f440b6992f119160e3ceea29d80158546c9241748332ffa1cfdfbb0bd8f',
    'linux-s390x': '321de1ff6fe57a9a5eca6b56d78d6959babe295ec7aab49af1a0d2bcfc02dfc8',
    'linux-riscv64': 'fef3ec7e1ddafe8927253ad79f2f8e3ac41f3f92328eb2c23bd4513b4421e5d9',
    'windows-amd64': '268a7b98b313403055e4f31807aeaac529c90e1188acd7857ae3e960b0f67cce',
    'windows-arm64': 'e23545fff21ef04853a9540925dd73c4b9caaa24ee7fdd8482b1ee626a4eecc9',
  },
  '3.18.4': {
    'linux-arm': '34ea88aef15fd822e839da262176a36e865bb9cfdb89b1f723811c0cc527f981',
    'linux-arm64': 'c0a45e67eef0c7416a8a8c9e9d5d2d30d70e4f4d3f7bea5de28241fffa8f3b89',
    'linux-amd64': 'f8180838c23d7c7d797b208861fecb591d9ce1690d8704ed1e4cb8e2add966c1',
    'linux-ppc64le': 'dbd74c59e7710f26e058596723abbf73662b553e01f40dfb08508ffffaeb7b81',
  },
};

/** The bare binaries. */
export const KUBECTL_CHECKSUMS: Checksums = {
  '1.36.4': {
    'linux-arm': 'a2040179b1df0d2036c45bf03e5731a3709f39e3649f54615dc970cdc695fa36',
    'linux-arm64': '0ecf44450ee6063bf19dd166a103ee6df4a9034455c2abce626e6eea657d73fb',
    'linux-amd64': '8b8f088da2dab964f853b38464033b1be15ede2839eca751482357c45abdd05a',
    'linux-ppc64le': '5b88a500de9335314dd2634fa7d7a7ca19b19e9b4236f7343060c09fd5d54658',
  },
  '1.35.8': {
    'linux-arm': '8c96e2d02d8fb564525656a83079661cda6fab660c6ab467b7ea9a0cc311c288',
    'linux-arm64': 'cc749967b62f4422260bc9c0aa7a7c55f45175ae38cb8d95767b5d2b7e04c1fd',
    'linux-amd64': '874d5e72dbb819f43cff16bcd1e4f8bac5b7f2361fe1e55049b0a6c676fb0cbf',
    'linux-ppc64le': 'bf8736dc1158c51533e16c070330da570e6ed5a9f5a42b10f55dab4b748d3ef7',
  },
};
