{
  'includes': ['native/sources.gypi'],
  'variables': {
    # Prints 1 where pkg-config finds all the libraries; else 0, and on standard error what would add them.
    'has_libiptc%': '<!(sh native/have-library.sh iptc libip4tc libip6tc)',
    'has_libmnl%': '<!(sh native/have-library.sh nft libmnl)',
  },
  'target_defaults': {
    'defines': [
      'NAPI_VERSION=8',
      # A terminating environment lets nothing be thrown: that must not end the process.
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
    ],
    'include_dirs': ['native'],
    # The time of a commit is the kernel's and libiptc's: -O3 would only cost those who install this.
    'cflags!': ['-O3'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-std=c++17', '-O2', '-Wall', '-Wextra', '-fvisibility=hidden'],
  },
  'targets': [
    {
      # What every addon is made of, compiled once.
      'target_name': 'shared',
      'type': 'static_library',
      'dependencies': ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"],
      'sources': ['<@(common_sources)', '<@(addon_sources)'],
    },
  ],
  'conditions': [
    ['has_libiptc == 1', {
      'targets': [
        {
          'target_name': 'iptc',
          'dependencies': [
            "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all",
            'shared',
          ],
          'sources': [
            '<@(xt_sources)',
            '<@(iptc_sources)',
            '<@(iptc_addon_sources)',
          ],
          'cflags': ['<!@(pkg-config --cflags libip4tc libip6tc)'],
          'libraries': ['<!@(pkg-config --libs libip4tc libip6tc)'],
        },
      ],
    }],
    ['has_libmnl == 1', {
      'targets': [
        {
          'target_name': 'nft',
          'dependencies': [
            "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all",
            'shared',
          ],
          'sources': [
            '<@(nft_sources)',
            '<@(nft_addon_sources)',
          ],
          'cflags': ['<!@(pkg-config --cflags libmnl)'],
          'libraries': ['<!@(pkg-config --libs libmnl)'],
        },
      ],
    }],
  ],
}
