#!/usr/bin/env bash
# What is installed works wherever it is put: the command finds its library, and pkg-config both.
source "$(dirname "$0")/lib.sh"
command -v cmake pkg-config >/dev/null || skip 'cmake or pkg-config is not installed'

cmake --install "$HOLMES_BUILD" --prefix "$tmp/first" >"$tmp/install.out"
mv "$tmp/first" "$tmp/moved"
assert_eq 'what runs under it' "$("$tmp/moved/bin/holmes" run --enable 0 -- echo hello)" hello

PKG_CONFIG_PATH=$(dirname "$(find "$tmp/moved" -name holmes.pc)")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir holmes)
assert_eq 'prefix' "$(realpath "$(pkg-config --variable=prefix holmes)")" "$tmp/moved"
assert_eq 'folder of the library' "$(realpath "$libdir/libholmes.so")" "$(find "$tmp/moved" -name libholmes.so)"
assert_eq 'flags of the compiler: there is no header' "$(pkg-config --cflags holmes | tr -d ' ')" ''
assert_match 'flags of the linker' "$(pkg-config --libs holmes)" '^-L[^ ]+ -lholmes *$'
